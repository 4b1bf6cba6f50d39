"""The leader: one worker at a time relays what was committed, sweeps and seals; the others wait for its seat."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from kafka.errors import KafkaError

from config.settings import KafkaTable
from streams import audit
from streams.kafka.known_topics import look_after
from streams.kafka.lag import Progress
from streams.kafka.relay import Relay
from streams.kafka.topics import TopicsDiffer
from streams.outlets import Outlets
from streams.pulse import Pulse
from streams.recover import sweep
from streams.store.postgresql import PostgresStore
from streams.store.store import StoreUnavailable

SEAT = "gongkai/leader"
PACE = 0.02  # seconds at least between two batches of the relay: one that carries more costs hardly more
PATIENCE = 0.1  # seconds at most: as long as the one before took
ROUND = 1.0  # seconds on end that it relays, before it looks whether the seat is still its own
LISTEN = 0.05  # seconds between looks for what other processes committed
BACK_OFF = 1.0  # seconds after broker or store failed
ASK = 0.2  # seconds between two looks whether the seat is ours, or a chore is due
SWEEP_EVERY = timedelta(seconds=1)
AGE = timedelta(seconds=3)  # what is younger may still be on its way
BACKLOG = timedelta(seconds=60)  # the same, while the workers are catching up
SEAL_EVERY = timedelta(seconds=60)
LOOK_EVERY = timedelta(seconds=5)
TELL_EVERY = timedelta(seconds=60)  # how often it is logged that something had to be swept

log = structlog.get_logger()


class Leader:
    """Asks for the seat, and does the one process's work while it has it.

    What the broker is needed for has a thread of its own: while it is away the sweeper alone carries, and everything
    goes on some seconds later.
    """

    def __init__(self, store: PostgresStore, outlets: Outlets, table: KafkaTable, *, limit: int) -> None:
        self._store = store
        self._outlets = outlets
        self._table = table
        self._limit = limit
        self._relay = Relay(store, table)
        self._progress = Progress(table)
        self._seat = store.seat(SEAT)
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._waits = ""  # why nothing is relayed
        self._swept = 0  # events and lanes that were found lost and not logged yet
        self._telling = Chore(self._tell_swept, TELL_EVERY)
        self.pulses = {"relay": Pulse(), "housekeeping": Pulse()}
        self._threads = [
            threading.Thread(target=self._carry, name="relay", daemon=True),
            threading.Thread(target=self._keep_house, name="housekeeping", daemon=True),
        ]

    def start(self) -> None:
        """Begin; every commit of this process wakes the relay."""
        self._store.on_commit(self._wake.set)
        self._seat.ask()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; another worker takes the seat."""
        self._ending.set()
        self._wake.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._seat.leave()
        self._relay.close()
        self._progress.close()

    def is_alive(self) -> bool:
        """True while it leads or waits for the seat."""
        return all(thread.is_alive() for thread in self._threads)

    def relay(self) -> int:
        """Carry what waits, for a round at most; how many events that was. Raises ``KafkaError``."""
        carried, first = 0, self._store.clock.now()
        begun = first
        while abs((begun - first).total_seconds()) < ROUND and (found := self._relay.run_once()):
            carried += found
            self.pulses["relay"].beat()
            took = (self._store.clock.now() - begun).total_seconds()
            if self._ending.wait(max(PACE, min(took, PATIENCE))):
                break
            begun = self._store.clock.now()
        return carried

    def look(self) -> None:
        """Look after the topics. Raises ``KafkaError`` or ``TopicsDiffer``."""
        look_after(self._store, self._table)

    def _sweep(self) -> None:
        """Find what never ran. While nothing is relayed, nothing is on its way; behind a backlog, much is."""
        age = timedelta(0) if self._waits else BACKLOG if self._progress.is_made() else AGE
        found = sweep(self._store, self._outlets, limit=self._limit, age=age)
        if not self._waits:
            self._swept += found
        if self._swept:
            self._telling.do(self._store.clock.now())

    def _tell_swept(self) -> None:
        log.warning("swept", found=self._swept)
        self._swept = 0

    def _seal(self) -> None:
        while self._store.write(audit.seal) == audit.AT_ONCE:
            self.pulses["housekeeping"].beat()

    def _carry(self) -> None:
        """The relay's thread."""
        look = Chore(self.look, LOOK_EVERY)
        while not self._ending.is_set():
            self._wake.clear()
            self.pulses["relay"].beat()
            if not self._seat.is_ours():
                self._relay.close()
                self._store.clock.wait(self._ending, ASK)
                continue
            try:
                look.do(self._store.clock.now())
                self.relay()
            except (KafkaError, TopicsDiffer, StoreUnavailable) as error:
                self._tell(f"{type(error).__name__}: {str(error)[:500]}")
            except Exception as error:  # whatever it was, this thread must go on
                log.error("relay_failed", cause=f"{type(error).__name__}: {error}")
                self._waits = "failed"
            else:
                self._tell("")
            waits = bool(self._waits)
            self._store.clock.wait(self._ending if waits else self._wake, BACK_OFF if waits else LISTEN)

    def _tell(self, cause: str) -> None:
        """Log once that nothing is relayed, and that it goes on; not as often as it is tried."""
        if cause and not self._waits:
            log.warning("relay_waits", cause=cause)
        elif self._waits and not cause:
            log.info("relay_goes_on")
        self._waits = cause

    def _keep_house(self) -> None:
        """The other one's."""
        chores, told = (Chore(self._sweep, SWEEP_EVERY), Chore(self._seal, SEAL_EVERY)), ""
        while not self._store.clock.wait(self._ending, ASK):
            self.pulses["housekeeping"].beat()
            if not self._seat.is_ours():
                continue
            try:
                for chore in chores:
                    chore.do(self._store.clock.now())
            except StoreUnavailable as error:
                if str(error) != told:  # once, not as often as it is tried
                    log.warning("housekeeping_waits", cause=str(error))
                told = str(error)
            except Exception as error:  # as above
                log.error("housekeeping_failed", cause=f"{type(error).__name__}: {error}")
            else:
                told = ""


class Chore:
    """What is done every now and then."""

    def __init__(self, act: Callable[[], None], every: timedelta) -> None:
        self._act = act
        self._every = every
        self._last: datetime | None = None

    def do(self, now: datetime) -> None:
        """Do it when its time has come; a clock that was put back brings it forward."""
        if self._last is None or not timedelta(0) <= now - self._last < self._every:
            self._last = now
            self._act()
