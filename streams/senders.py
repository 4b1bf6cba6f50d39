"""Senders: threads that work lanes which are due. Emergencies have threads of their own."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from streams.deliver import Deliverer
from streams.lane_rows import LEASE, LaneKey
from streams.pulse import Pulse
from streams.share import WHOLE, Share
from streams.store.store import Store
from streams.store.tables import lane

AT_ONCE = 64  # lanes claimed in one go
LOOK_EVERY = 1.0  # seconds at most between two looks at the lanes
PACE = 0.02  # seconds at least between two looks: when much is sent, commits come by the hundred
RENEW_EVERY = LEASE / 3

log = structlog.get_logger()


class Senders:
    """Claims due lanes and works each on a thread; a lane that hangs holds up only its own."""

    def __init__(
        self, store: Store, deliverer: Deliverer, workers: int, share: Callable[[], Share] = lambda: WHOLE
    ) -> None:
        self._store = store
        self._share = share  # may change from one look to the next
        self._deliverer = deliverer
        self._workers = {True: max(4, workers // 4), False: workers}
        self._pools = {
            urgent: ThreadPoolExecutor(most, thread_name_prefix="urgent" if urgent else "lane")
            for urgent, most in self._workers.items()
        }
        self._working: set[LaneKey] = set()
        self._left: set[LaneKey] = set()  # held by us, and no thread works on them: the store failed in their turn
        self._renewed = store.clock.now()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._told = ""  # the trouble that was logged last
        self.pulse = Pulse()
        self._thread = threading.Thread(target=self._run, name="senders", daemon=True)

    def start(self) -> None:
        """Begin; every commit of this process wakes them."""
        self._store.on_commit(self._wake.set)
        self._thread.start()

    def wake(self) -> None:
        """Look at the lanes now."""
        self._wake.set()

    def end(self) -> None:
        """Take no more lanes, and begin no more sends in those that were taken: the process has seconds left."""
        self._ending.set()
        self._deliverer.end()
        self._wake.set()

    def stop(self) -> None:
        """End, and let the sends under way come to their end."""
        self.end()
        if self._thread.ident is not None:  # a start that was interrupted may not have come so far
            self._thread.join()
        for pool in self._pools.values():
            pool.shutdown(wait=True)

    def is_alive(self) -> bool:
        """True while lanes are looked after."""
        return self._thread.is_alive()

    def run_due(self) -> int:
        """Work everything that is due now on this thread, for whoever drives the clock; how many lanes that was."""
        worked = 0
        while keys := [key for urgent in (True, False) for key in self._claim(AT_ONCE, urgent=urgent)]:
            for key in keys:
                self._deliverer.work(key)
            worked += len(keys)
        return worked

    def _run(self) -> None:
        while not self._ending.is_set():
            self.pulse.beat()
            self._wake.clear()
            try:
                self._renew()  # first: after a leap of the clock nobody else shall find our leases run out
                self._let_go()
                due = self._take_due()
            except Exception as error:  # whatever it was, this thread must go on
                self._tell(f"{type(error).__name__}: {error}")
                due = None
            else:
                self._told = ""
            now = self._store.clock.now()
            seconds = LOOK_EVERY if due is None else min(LOOK_EVERY, max(0.0, (due - now).total_seconds()))
            self._store.clock.wait(self._wake, seconds)
            self._ending.wait(PACE)

    def _tell(self, cause: str) -> None:
        """Log a trouble once, not as often as it is met."""
        if cause != self._told:
            self._told = cause
            log.error("senders_failed", cause=cause)

    def _take_due(self) -> datetime | None:
        """Give due lanes to free threads; when the next one is due, None when that is unknown or not soon."""
        soonest = self._soonest()
        while sum(self._take(urgent) for urgent in (True, False) if _is_due(soonest[urgent], self._store.clock.now())):
            soonest = self._soonest()
        if not all(self._free(urgent) for urgent in (True, False)):
            return None  # a thread that gets free wakes us
        return soonest[None]

    def _take(self, urgent: bool) -> int:
        """Give lanes of one priority to the threads that are free; how many."""
        if not (free := self._free(urgent)):
            return 0
        with self._lock:
            working = tuple(self._working)
        keys = self._claim(min(free, AT_ONCE), urgent=urgent, besides=working)
        for key in keys:
            self._submit(key)
        return len(keys)

    def _soonest(self) -> dict[bool | None, datetime | None]:
        """When the first lane of each priority is due, and (None) the first that nobody holds and that is not paused.

        One question: it is asked after every commit.
        """
        now, share = self._store.clock.now(), self._share()
        due = {
            urgent: select(func.min(lane.c.due_at)).where(lane.c.urgent == urgent, share.holds(urgent, now))
            for urgent in (True, False)
        }
        free = (lane.c.holder.is_(None), lane.c.paused_at.is_(None), share.holds_any(now))
        questions = (due[True], due[False], select(func.min(lane.c.due_at)).where(*free))
        row = self._store.read(lambda c: c.execute(select(*(one.scalar_subquery() for one in questions))).one())
        return dict(zip((True, False, None), row, strict=True))

    def _claim(self, most: int, *, urgent: bool, besides: Collection[LaneKey] = ()) -> list[LaneKey]:
        return self._deliverer.claim(most, urgent=urgent, share=self._share(), besides=besides)

    def _renew(self) -> None:
        now = self._store.clock.now()
        with self._lock:
            keys = tuple(self._working)
        if keys and not timedelta(0) <= now - self._renewed < RENEW_EVERY:
            self._deliverer.renew(keys)
            self._renewed = now

    def _let_go(self) -> None:
        """Hand back what a turn that failed left held; else nobody would look at it before its lease ran out."""
        with self._lock:
            left = tuple(self._left)
        if left:
            self._deliverer.let_go(left)
            with self._lock:
                self._left.difference_update(left)

    def _free(self, urgent: bool) -> int:
        with self._lock:
            return self._workers[urgent] - sum(key.urgent == urgent for key in self._working)

    def _submit(self, key: LaneKey) -> None:
        with self._lock:
            self._working.add(key)
            self._left.discard(key)  # its lease ran out, and it was claimed anew: it is being worked
        self._pools[key.urgent].submit(self._deliverer.work, key).add_done_callback(
            lambda future: self._done(key, future)
        )

    def _done(self, key: LaneKey, future: "Future[None]") -> None:
        error = future.exception()
        with self._lock:
            self._working.discard(key)
            if error is not None:
                self._left.add(key)
        if error is not None:  # nothing is lost: whoever has the lane next finds what was under way
            log.error("lane_failed", endpoint=key.endpoint, cause=str(error))
        self._wake.set()


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
