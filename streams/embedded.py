"""The embedded engine: the event table is the log, one process hosts every stage and sends.

A batch of events of every stage, everything the stages did with them and their new offsets are one transaction.
"""

import fcntl
import secrets
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy import bindparam, func, select, update

from streams import audit
from streams.dead_letters import handle_all, is_stopped
from streams.deliver import Deliverer
from streams.outlets import Outlets
from streams.pulse import Pulse
from streams.recover import sweep
from streams.senders import Senders
from streams.stages import STAGES, Stage
from streams.store.leases import give_back
from streams.store.store import Store, Tx
from streams.store.tables import event, offset

BATCH = 200  # events in one transaction
PACE = 0.005  # seconds at least between two rounds: one that finds more events costs hardly more
LISTEN = 0.05  # seconds between looks for what other processes committed
SWEEP_EVERY = timedelta(seconds=5)
SEAL_EVERY = timedelta(seconds=60)
BACK_OFF = 1.0  # seconds after the store failed

# What another engine did meanwhile is known by the sweeper's mark: it need not be carried again.
OFFSET = select(func.max(offset.c.position)).where(offset.c.stage.in_((bindparam("of"), "swept/" + bindparam("of"))))
EVENTS = (
    select(event.c.position, event.c.id, event.c.body)
    .where(event.c.topic == bindparam("on"), event.c.position > bindparam("after"))
    .order_by(event.c.position)
    .limit(BATCH)
)

log = structlog.get_logger()


class AlreadyRunning(Exception):
    """Another process works on this data folder."""


class Embedded:
    """One process that carries every event of one data folder."""

    def __init__(
        self, store: Store, outlets: Outlets, *, token: str, dead_letters_in_row: int = 20, workers: int = 256
    ) -> None:
        self._store = store
        self._outlets = outlets
        self._limit = dead_letters_in_row
        self._token = token
        self._deliverer = Deliverer(store, outlets, token)
        self.senders = Senders(store, self._deliverer, workers)
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._pulses = {"stages": Pulse(), "housekeeping": Pulse()}
        self._threads = [
            threading.Thread(target=self._pump, name="stages", daemon=True),
            threading.Thread(target=self._keep_house, name="housekeeping", daemon=True),
        ]

    def start(self) -> None:
        """Take over what a former process left, and begin."""
        self.take_over()
        self._store.on_commit(self._wake.set)
        for thread in self._threads:
            thread.start()
        self.senders.start()

    def stop(self) -> bool:
        """Finish what is under way and end; nothing is lost by ending harder."""
        self._ending.set()
        self._wake.set()
        self.senders.stop()
        for thread in self._threads:
            if thread.ident is not None:  # a start that was interrupted may not have come so far
                thread.join()
        self._seal()
        return True

    def is_alive(self) -> bool:
        """True while everything that was started runs."""
        return self.senders.is_alive() and all(thread.is_alive() for thread in self._threads)

    def still(self) -> float:
        """Seconds since the slowest of its loops last came round."""
        return max(pulse.age() for pulse in (self.senders.pulse, *self._pulses.values()))

    def take_over(self) -> None:
        """This process alone holds the folder: every lease of another start is a dead one's."""
        now = self._store.clock.now()
        self._store.write(lambda tx: give_back(tx, but=self._token, due_at=now))

    def run_until_idle(self) -> None:
        """Run stages and due lanes on this thread until nothing is left to do at this instant."""
        while self.run_stages() or self.senders.run_due():
            pass

    def run_stages(self) -> int:
        """One batch of every stage, in flow order, in one transaction; how many events that was."""
        self._pulses["stages"].beat()
        return self._store.write(lambda tx: sum(self._batch(tx, stage) for stage in STAGES))

    def _batch(self, tx: Tx, stage: Stage) -> int:
        if is_stopped(tx, stage):
            return 0
        at = tx.connection.execute(OFFSET, {"of": stage.name}).scalar()
        rows = tx.connection.execute(EVENTS, {"on": stage.topic, "after": at or 0}).all()
        if not rows:
            return 0
        done = handle_all(tx, stage, [(row.id, bytes(row.body)) for row in rows], self._outlets, self._limit)
        if done < len(rows):
            log.error("line_stopped", stage=stage.name)
        position = rows[done - 1].position
        tx.connection.execute(tx.insert_or_ignore(offset), {"stage": stage.name, "position": 0})
        tx.connection.execute(update(offset).where(offset.c.stage == stage.name).values(position=position))
        return len(rows)

    def _pump(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                while self.run_stages() and not self._ending.wait(PACE):
                    pass
                self._listen()
            except Exception as error:  # whatever it was, this thread must go on
                log.error("stages_failed", cause=f"{type(error).__name__}: {error}")
                self._store.clock.wait(self._ending, BACK_OFF)

    def _listen(self) -> None:
        """Wait until this process or another one has committed something."""
        while not self._wake.wait(LISTEN):
            self._pulses["stages"].beat()
            if self._store.changed_elsewhere():
                self.senders.wake()
                return

    def _keep_house(self) -> None:
        sealed = swept = self._store.clock.now()
        while not self._store.clock.wait(self._ending, 1.0):
            self._pulses["housekeeping"].beat()
            now = self._store.clock.now()
            try:
                sealed = self._every(SEAL_EVERY, sealed, now, seals=True)
                swept = self._every(SWEEP_EVERY, swept, now, seals=False)
            except Exception as error:  # as above
                log.error("housekeeping_failed", cause=f"{type(error).__name__}: {error}")

    def _seal(self) -> None:
        while self._store.write(audit.seal) == audit.AT_ONCE:
            self._pulses["housekeeping"].beat()

    def _every(self, period: timedelta, last: datetime, now: datetime, *, seals: bool) -> datetime:
        if timedelta(0) <= now - last < period:
            return last
        if seals:
            self._seal()
        elif found := sweep(self._store, self._outlets, limit=self._limit):
            log.warning("swept", found=found)
        return now


def new_token() -> str:
    """Names one start of one process; a lease under another token is another's."""
    return secrets.token_hex(8)


def hold_folder(home: Path) -> IO[str]:
    """Hold the data folder alone until the file is closed or the process ends. Raises ``AlreadyRunning``."""
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "up.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AlreadyRunning(str(home)) from None
    return lock
