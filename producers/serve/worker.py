"""One process that only works: an engine without listeners, beside the one that serves; where Kafka carries."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import structlog
from sqlalchemy import select

from config.settings import read
from producers.house import house
from producers.schedule.scheduler import Scheduler
from producers.serve.lasting import keep_what_is_there
from producers.serve.logs import set_up
from producers.serve.process import SIGNALS, EngineFailed
from producers.serve.sign import Sign
from streams.embedded import hold_folder
from streams.engine import HANGS, works
from streams.store.store import Store, StoreUnavailable

LISTEN = 0.5  # seconds between two looks whether the engine works

log = structlog.get_logger()


class NothingToShare(Exception):
    """The embedded engine is one process: there is nothing for a second one to do."""


def work(
    home: Path, name: str | None, *, ready: Callable[[], None], stopping: Callable[[], None], grace: float
) -> bool:
    """Work until told to end (SIGINT, SIGTERM); ``name`` stays over the worker's starts. Outlets' files are not here.

    False when something still hung after ``grace`` seconds, or a second signal: the caller then ends the process as it
    is, and others go on. Raises ``NothingToShare``, ``EngineFailed`` and what opening the folder raises.
    """
    if read(home).installation.engine == "embedded":
        raise NothingToShare
    told, hurried = threading.Event(), threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        (hurried if told.is_set() else told).set()

    with ExitStack() as held:
        held.enter_context(hold_folder(home))
        opened = held.enter_context(house(home))
        set_up(opened.clock)
        for number in SIGNALS:
            signal.signal(number, tell)
        engine = opened.engine(places=False, name=name)
        keep_what_is_there()
        engine.start()
        scheduler = Scheduler(opened)
        held.callback(scheduler.stop)
        scheduler.start()
        sign = Sign(home, lambda: works(engine) and scheduler.still() < HANGS and _answers(opened.store))
        held.callback(sign.end)
        ready()
        log.info("started", worker=name or "")
        while engine.is_alive() and not told.wait(LISTEN):
            sign.renew()
        failed = not engine.is_alive()
        stopping()
        if not (whole := _stopped(lambda: scheduler.stop() and engine.stop(), hurried, grace)):
            held.pop_all()  # a thread still sends: nothing is closed under its feet
    log.info("stopped", ended=whole)
    if failed:
        raise EngineFailed
    return whole


def _answers(store: Store) -> bool:
    try:
        store.read(lambda c: c.execute(select(1)))
    except StoreUnavailable:
        return False
    return True


def _stopped(stop: Callable[[], bool], hurried: threading.Event, seconds: float) -> bool:
    """Whether it came to its end in time, and well. On a daemon thread: one that hangs holds up nobody."""
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(stop()), daemon=True)
    thread.start()
    until = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < until and not hurried.is_set():
        thread.join(LISTEN)
    return done == [True]
