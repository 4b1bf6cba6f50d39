"""How late a timed notice is public, among 100,000 planned triggers, while a desk publishes without a pause; and what
one more trigger costs among so many."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select

from benchmarks import bare_wake
from benchmarks.figures import Figure, median
from benchmarks.process import free_ports, up
from benchmarks.visible import OUTLETS, percentile, written
from notices.document import Draft
from producers.house import House, house
from producers.publish import publish
from producers.timed import RELEASE
from streams.store.tables import message, trigger
from streams.triggers import State
from tests.journeys.town import BY, furnish

FEW, MANY = 100, 100_000  # triggers that wait for next year
TIMED = 40  # notices that are measured
PACE = timedelta(milliseconds=700)  # between two of them
HEAD_START = timedelta(seconds=20)  # in which they are written
TRIES = 15  # of what one more costs
PEN = threading.Lock()
NUMBERS = count()  # of the files written here


def measure() -> Iterator[Figure]:
    """Lateness at two percentiles beside a bare loop's, and what planning costs at two sizes."""
    with TemporaryDirectory() as folder:
        home, port = Path(folder) / "home", free_ports(2)
        furnish(home, port, OUTLETS)
        with house(home) as here:
            fill(here, FEW)
            few = median(lambda: plan(here), TRIES)
            fill(here, MANY - FEW)
            many = median(lambda: plan(here), TRIES)
            with up(home, port), a_busy_desk(here):
                ours = fired(here)
        instants = [time.time() + 1 + number * PACE.total_seconds() for number in range(TIMED)]
        bare = bare_wake.lateness(Path(folder), instants)
    for share in (50, 99):
        name = f"timed notice among 100,000, busy desk, late p{share}"
        yield Figure(name, percentile(ours, share), percentile(bare, share), "ms", 1_000, of_ratio=False)
    yield Figure("one more trigger among 100,000 (bare: 100)", many * 1_000, few * 1_000, "ms", 1.3)


def fill(here: House, many: int) -> None:
    """Plan so many that are due next year."""
    now = here.clock.now()
    row = {"office": "rsj", "act": RELEASE, "subject": "–", "detail": "{}", "state": State.PLANNED, "cause": ""}
    due = [now + timedelta(days=365, seconds=number) for number in range(many)]
    rows = [{**row, "id": secrets.token_hex(8), "due_at": at, "look_at": at, "planned_at": now} for at in due]
    here.store.write(lambda tx: tx.connection.execute(insert(trigger), rows))


def file(here: House) -> Draft:
    """A file like no other; one at a time is written and read."""
    with PEN:
        return written(here, next(NUMBERS))


def timed(here: House, at: datetime) -> Draft:
    """A file like no other that is to be public at ``at``."""
    draft = file(here)
    return replace(draft, content=draft.content.model_copy(update={"release_at": at}))


def plan(here: House) -> None:
    """Approve one for next year."""
    publish(here, timed(here, here.clock.now() + timedelta(days=300)), by=BY)


def fired(here: House) -> list[float]:
    """Seconds from each instant until its notice is public."""
    begin = here.clock.now() + HEAD_START
    instants = [begin + number * PACE for number in range(TIMED)]
    names = {publish(here, timed(here, at), by=BY).notice: at for at in instants}
    if here.clock.now() >= begin:
        raise RuntimeError("the machine is too slow: the first instant was over before all were planned")
    public = select(message.c.subject, message.c.released_at).where(message.c.subject.in_(names))
    while len(rows := here.store.read(lambda c: c.execute(public).all())) < TIMED:
        time.sleep(0.05)
    return [(row.released_at - names[row.subject]).total_seconds() for row in rows]


@contextmanager
def a_busy_desk(here: House) -> Iterator[None]:
    """Notices are published one after another, and every one is sent, until the block ends."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            publish(here, file(here), by=BY)

    desk = threading.Thread(target=work)
    desk.start()
    try:
        yield
    finally:
        ended.set()
        desk.join()
