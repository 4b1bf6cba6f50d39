"""The leader: one worker at a time relays, sweeps, seals, and looks whether the topics are the ones we knew."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from kafka.errors import KafkaError
from sqlalchemy import delete, insert, select

from config.settings import KafkaTable
from streams import audit
from streams.kafka.relay import Relay, forget_what_is_done
from streams.kafka.topics import TopicsDiffer, administration, establish
from streams.outlets import Outlets
from streams.recover import sweep, swept_by_all
from streams.store.postgresql import PostgresStore
from streams.store.store import StoreUnavailable, Tx
from streams.store.tables import topic

SEAT = "gongkai/leader"
PACE = 0.02  # seconds at least between two batches of the relay: one that carries more costs hardly more
PATIENCE = 0.1  # seconds at most: as long as the one before took
LISTEN = 0.05  # seconds between looks for what other processes committed
BACK_OFF = 1.0  # seconds after broker or store failed, and between two looks whether the seat is free
SWEEP_EVERY = timedelta(seconds=5)
SEAL_EVERY = timedelta(seconds=60)
LOOK_EVERY = timedelta(seconds=5)

log = structlog.get_logger()


@dataclass
class Chore:
    """What is done every now and then."""

    act: Callable[[], None]
    every: timedelta
    last: datetime | None = None

    def do(self, now: datetime) -> None:
        """Do it when its time has come; a clock that was put back brings it forward."""
        if self.last is None or not timedelta(0) <= now - self.last < self.every:
            self.last = now
            self.act()


class Leader:
    """Waits for the seat, and does the one process's work while it has it."""

    def __init__(self, store: PostgresStore, outlets: Outlets, table: KafkaTable, *, limit: int) -> None:
        self._store = store
        self._outlets = outlets
        self._table = table
        self._limit = limit
        self._relay = Relay(store, table)
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._waits = False  # for the broker, as far as was told
        self._thread = threading.Thread(target=self._run, name="leader", daemon=True)
        self._look = Chore(self.look, LOOK_EVERY)
        self._housekeeping = (Chore(self.sweep, SWEEP_EVERY), Chore(self.seal, SEAL_EVERY))

    def start(self) -> None:
        """Begin; every commit of this process wakes it."""
        self._store.on_commit(self._wake.set)
        self._thread.start()

    def stop(self) -> None:
        """End; another worker takes the seat."""
        self._ending.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._relay.close()

    def is_alive(self) -> bool:
        """True while it leads or waits for the seat."""
        return self._thread.is_alive()

    def relay(self) -> int:
        """Carry what waits; how many events that was. Raises ``KafkaError``."""
        carried, begun = 0, self._store.clock.now()
        while found := self._relay.run_once():
            carried += found
            took = (self._store.clock.now() - begun).total_seconds()
            if self._ending.wait(max(PACE, min(took, PATIENCE))):
                break
            begun = self._store.clock.now()
        return carried

    def look(self) -> None:
        """Make the topics that are missing, and notice those that were made anew: they have lost what they held.

        Nothing is lost with them: what had no effect yet the sweeper finds in the store. Raises ``KafkaError``.
        """
        with administration(self._table) as admin:
            there = establish(admin, self._table)
        before = self._store.read(lambda c: {row.name: row.known_as for row in c.execute(select(topic))})
        if not before:
            forget_what_is_done(self._store, self._store.read(swept_by_all))
        if there != before:
            renewed = sorted(name for name, known_as in before.items() if there.get(name) != known_as)
            if renewed:
                log.warning("topics_made_anew", topics=renewed)
            self._store.write(lambda tx: _remember(tx, there))

    def sweep(self) -> None:
        """Find what never ran."""
        if found := sweep(self._store, self._outlets, limit=self._limit):
            log.warning("swept", found=found)

    def seal(self) -> None:
        """Seal the ledger's rows into the audit chains."""
        while self._store.write(audit.seal) == audit.AT_ONCE:
            pass

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with self._store.seat(SEAT) as ours:
                    while not self._ending.is_set():
                        if ours():
                            self._lead()
                        else:
                            self._store.clock.wait(self._ending, BACK_OFF)
            except StoreUnavailable as error:
                log.warning("leader_failed", cause=str(error))
            except Exception as error:  # whatever it was, this thread must go on
                log.error("leader_failed", cause=f"{type(error).__name__}: {error}")
            self._relay.close()
            self._store.clock.wait(self._ending, BACK_OFF)

    def _lead(self) -> None:
        """One round. While the broker is away the sweeper alone carries: everything goes on, some seconds later."""
        self._wake.clear()
        try:
            self._look.do(self._store.clock.now())
            self.relay()
            if self._waits:
                self._waits = False
                log.info("relay_goes_on")
        except (KafkaError, TopicsDiffer) as error:
            if not self._waits:  # once, not as often as it is tried
                self._waits = True
                log.warning("relay_waits", cause=f"{type(error).__name__}: {str(error)[:500]}")
        for chore in self._housekeeping:
            chore.do(self._store.clock.now())
        self._store.clock.wait(self._wake, BACK_OFF if self._waits else LISTEN)


def _remember(tx: Tx, there: dict[str, str]) -> None:
    tx.connection.execute(delete(topic))
    rows = [{"name": name, "known_as": known_as, "since": tx.clock.now()} for name, known_as in there.items()]
    tx.connection.execute(insert(topic), rows)
