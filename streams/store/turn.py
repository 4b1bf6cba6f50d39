"""Whose turn it is among the processes that write to one SQLite file.

Who waits for SQLite's own lock asks again after longer and longer pauses, up to a tenth of a second. A busy engine lets
go of it for less than a millisecond between two commits, and would keep another process out for seconds. So whoever
wants to write asks for the turn first, and keeps it until it has the lock: who has just committed finds the turn taken,
and comes after.

A courtesy and no more. SQLite's lock decides who writes and tells what is wrong; where no turn can be had (no file can
be made, a file system without locks, a process that was stopped while it had it), it goes on without one.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection

PATIENCE = 1.0  # seconds for the turn and the lock together; then SQLite's own way of waiting
AGAIN = 0.001  # seconds between two tries


class Turn:
    """Of one thread among those that write to ``file``.

    Each call to the system lets go of the interpreter, and a busy one comes back milliseconds later. So the file stays
    open, and a commit that nobody is in the way of asks for the turn and gives it back, no more.
    """

    def __init__(self, file: Path) -> None:
        self._file = f"{file}-turn"
        self._asked: int | None = None  # the open file
        self._patient = True
        self._pause = threading.Event()  # never set

    def begin(self, connection: Connection, *, busy: int) -> None:
        """Begin a transaction that writes, on a connection that does not wait for locks by itself.

        ``busy`` is what SQLite waits at last, in ms. Raises ``DBAPIError``.
        """
        driver, until = plain(connection), time.monotonic() + PATIENCE
        with self.taken():
            while (refused := _refused(driver)) == sqlite3.SQLITE_BUSY and time.monotonic() < until:
                self._pause.wait(AGAIN)
            if refused is None:
                return
            driver.execute(f"PRAGMA busy_timeout={busy}")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # waits on, and tells what is wrong
            finally:
                driver.execute("PRAGMA busy_timeout=0")

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn, where one can be had."""
        if self._asked is None:
            with suppress(OSError):
                self._asked = os.open(self._file, os.O_RDONLY | os.O_CREAT, 0o644)
        if self._asked is None or not self._wait(self._asked):
            yield
            return
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self._asked, fcntl.LOCK_UN)

    def close(self) -> None:
        """Keep nothing open."""
        if self._asked is not None:
            os.close(self._asked)

    def _wait(self, asked: int) -> bool:
        """Whether it is ours; false too where there are no locks."""
        until = time.monotonic() + PATIENCE
        while (refused := _refusal(asked)) is not None:
            if not isinstance(refused, BlockingIOError):
                return False
            if not self._patient or time.monotonic() >= until:
                self._patient = False  # not a second for each commit, as long as somebody keeps it
                return False
            self._pause.wait(AGAIN)
        self._patient = True
        return True


def _refusal(asked: int) -> OSError | None:
    """Take the turn, unless somebody keeps it or there are no locks."""
    try:
        fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error
    return None


def _refused(driver: sqlite3.Connection) -> int | None:
    """Begin, unless SQLite refuses: for what reason."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return error.sqlite_errorcode & 0xFF
    return None


def plain(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: for what is said many times a commit."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
