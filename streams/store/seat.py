"""A seat that one process at a time may have, by an advisory lock of PostgreSQL on a line that must show signs of life.

A process that died, stands still or is cut off loses it within seconds: the server ends a line on which nothing was
said for that long, and with it the lock. So for a moment two may believe to have it: what is done there must bear that.
"""

import threading
from contextlib import suppress

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

BEAT = 1.0  # seconds between two signs of life, and between two tries to take it
SILENCE = 4_000  # ms without one after which the server gives it to another


class Seat:
    """Asks for the seat ``name``, on a thread of its own."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._key = func.hashtextextended(name, 0)
        self._line: Connection | None = None
        self._ours = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"seat {name}", daemon=True)

    def ask(self) -> None:
        """Begin to ask for it, until it is left."""
        self._thread.start()

    def leave(self) -> None:
        """Let another process have it."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def is_ours(self) -> bool:
        """True while this process has it, as far as it knows."""
        return self._ours

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._ours = self._beat()
            except Exception:  # the database is away, or has ended the line; whoever needs it otherwise says so
                self._ours = False
                self._hang_up()
            self._ending.wait(BEAT)
        self._ours = False
        self._hang_up()

    def _beat(self) -> bool:
        """Show a sign of life, and take the seat if it is free."""
        if self._line is None:
            self._line = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._line.execute(text(f"set idle_session_timeout = {SILENCE}"))
        question = select(1) if self._ours else select(func.pg_try_advisory_lock(self._key))
        return bool(self._line.execute(question).scalar())

    def _hang_up(self) -> None:
        """The lock is the line's: whatever becomes of it, it must not go back to the pool."""
        if self._line is None:
            return
        with suppress(SQLAlchemyError):
            self._line.execute(select(func.pg_advisory_unlock_all()))
        self._line.invalidate()
        self._line.close()
        self._line = None
