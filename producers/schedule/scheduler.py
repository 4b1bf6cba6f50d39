"""The scheduler of one process: APScheduler wakes it, the database knows what is due.

Every process that serves or works may have one. One of them leads at a time; two that both believe to lead do no harm,
for a trigger ends in the transaction of its act.
"""

import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler

from config.clock import SHANGHAI
from producers.house import House
from producers.schedule.fire import fire_due
from producers.schedule.recount import next_recount
from streams import triggers
from streams.clock_trust import look, mark_of
from streams.pulse import Pulse
from streams.store.postgresql import PostgresStore

LOOK = timedelta(milliseconds=250)  # between two looks for what others planned; what is known wakes at its instant
JOB = "look"
SEAT = "gongkai/clock"

log = structlog.get_logger()


class Scheduler:
    """Fires what is due while it leads: a data folder with its own store has no other process to lead."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seat = house.store.seat(SEAT) if isinstance(house.store, PostgresStore) else None
        self._pulse = Pulse()
        self._awake = threading.Lock()  # held while it looks, and by whoever ends it
        self._begun = self._ended = self._doubts = False
        self._told: set[str] = set()  # the sorts of trouble that were told of, until a look succeeds
        # One thread and one standing job: no wake-up is missed, and none piles up. A job that ends, and is added anew
        # under its name, may be taken out by the waker as the one that ended: then nothing would wake any more.
        self._waker = BackgroundScheduler(
            timezone=SHANGHAI,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of every wake-up

    def start(self) -> None:
        """Begin with what fell due while nothing ran."""
        if self._seat is not None:
            self._seat.ask()
        every = LOOK.total_seconds()
        self._waker.add_job(self._wake, "interval", seconds=every, id=JOB, next_run_time=datetime.now(UTC))
        self._waker.start()

    def stop(self) -> bool:
        """Let the act under way end; what is due later is fired by whoever runs then."""
        self._ended = True  # seen between two acts
        with self._awake:
            pass  # the act under way is over
        with suppress(SchedulerNotRunningError):
            self._waker.shutdown(wait=False)  # to wait with its locks held is to wait for ever: a job may ask for them
        if self._seat is not None:
            self._seat.leave()
        return True

    def still(self) -> float:
        """Seconds since it last woke."""
        return self._pulse.age()

    def _wake(self) -> None:
        with self._awake:
            if not self._ended:
                self._look()

    def _look(self) -> None:
        self._pulse.beat()
        try:
            if self._seat is None or self._seat.is_ours():
                self._begin_once()
                fire_due(self._house, self._goes_on)
                self._wake_for_the_next()
            else:
                look(self._house.store, self._house.station)  # its own machine's clock, by which its lanes go
            self._say_whether_it_is_believed()
        except Exception as error:  # whatever it was, it must wake again
            sort = type(error).__name__
            if sort not in self._told:  # once, not as often as it looks
                log.error("schedule_failed", cause=f"{sort}: {error}")
            self._told.add(sort)
        else:
            self._told.clear()

    def _goes_on(self) -> bool:
        """Between two acts: thousands may be due, and one may take many turns."""
        self._pulse.beat()
        return not self._ended

    def _say_whether_it_is_believed(self) -> None:
        """Once when its machine's clock is doubted, and once when it is believed again, whoever vouched for it."""
        mark = self._house.store.read(lambda c: mark_of(c, self._house.station))
        since = None if mark is None else mark.doubted_at
        if since is not None and not self._doubts:
            log.warning("clock_doubted", since=since.isoformat(), then="gongkai clock confirm --now HH:MM")
        elif since is None and self._doubts:
            log.info("clock_believed")
        self._doubts = since is not None

    def _begin_once(self) -> None:
        """Plan what goes on by itself once it was planned: a store that is new or older has none of it."""
        if not self._begun:
            self._house.store.write(lambda tx: triggers.plan(tx, next_recount(tx.clock.now())))
            self._begun = True

    def _wake_for_the_next(self) -> None:
        """Wake at the next instant, where that is sooner than the next look. What is due and has to wait is not."""
        at, now = self._house.store.read(triggers.next_look), self._house.clock.now()
        if at is not None and now < at < now + LOOK:
            self._waker.modify_job(JOB, next_run_time=datetime.now(UTC) + (at - now))
