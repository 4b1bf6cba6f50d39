"""How late what is planned for an instant is public, timed notices and the openings of windows, among 100,000 planned
triggers, while ten thousand notices are republished; and what one more trigger costs among so many."""

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select, update

from benchmarks import bare_wake
from benchmarks.figures import Figure, median
from benchmarks.process import free_ports, up
from benchmarks.seed import seed, send_again, waiting
from benchmarks.visible import OUTLETS, percentile, written
from config.clock import DrivenClock
from notices.document import Draft
from notices.notice import MessageKind
from notices.occasions import Event
from producers.house import House, house
from producers.publish import publish
from producers.timed import RELEASE
from streams.follow import TELL, replan, subject_of
from streams.store.tables import matter, message, trigger
from streams.triggers import State
from tests.embedded import embedded
from tests.journeys.town import BY, Town, furnish
from tests.producers.papers import consultation

FEW, MANY = 100, 100_000  # triggers that wait for next year
BULK = 10_000  # notices that are republished, on the site and in the feed
TIMED, WINDOWS = 200, 40  # what is measured: notices that are released, and windows of which it is told that they open
PACE = timedelta(milliseconds=500)  # between two of them
START = 20.0  # seconds in which the processes are up
TRIES = 15  # of what one more costs
PEN = threading.Lock()
NUMBERS = count()  # of the files written here


def measure() -> Iterator[Figure]:
    """Lateness at two percentiles beside a bare loop's, and what planning costs at two sizes."""
    with TemporaryDirectory() as folder:
        home, port = Path(folder) / "home", free_ports(2)
        furnish(home, port, OUTLETS)
        with house(home) as here:
            publish(here, file(here), by=BY)
            embedded(here).run_until_idle()
        seed(home, BULK, texts=True)
        with house(home) as here:
            fill(here, FEW)
            few = median(lambda: plan(here), TRIES)
            fill(here, MANY - FEW)
            many = median(lambda: plan(here), TRIES)
            ours = late(here, home, port, many)
        instants = [time.time() + 1 + number * PACE.total_seconds() for number in range(len(ours))]
        bare = bare_wake.lateness(Path(folder), instants)
    for share in (50, 99):
        name = f"due among 100,000, bulk of 10,000 going, late p{share}"
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


def late(here: House, home: Path, port: int, cost: float) -> list[float]:
    """Seconds from each instant until what is due at it is public; ``cost`` is that of planning one."""
    numbers = [f"JC-{number}" for number in range(WINDOWS)]
    for number in numbers:
        opened(here, number)
    begin = here.clock.now() + timedelta(seconds=START + 3 * cost * TIMED)
    instants = [begin + number * PACE for number in range(TIMED + WINDOWS)]
    every = len(instants) // WINDOWS  # the windows are spread over the whole of it
    windows = dict(zip(numbers, instants[::every], strict=False))
    rest = [at for at in instants if at not in windows.values()]
    notices = {publish(here, timed(here, at), by=BY).notice: at for at in rest}
    for number, at in windows.items():
        move(here, number, at)
    with up(home, port):
        time.sleep(max(0.0, (begin - here.clock.now()).total_seconds() - 3))
        here.store.write(lambda tx: send_again(tx, BULK, here.clock.now()))
        if here.clock.now() >= begin:
            raise RuntimeError("the machine is too slow: the first instant was over before the bulk had begun")
        while len(found := [*released(here, notices), *told(here, windows)]) < len(instants):
            time.sleep(0.2)
        if not here.store.read(waiting):
            raise RuntimeError("the bulk was over before the last instant: make it larger")
    return found


def opened(here: House, number: str) -> None:
    """Ask for comments from today on, under a number; it is told by the processes that come up."""
    desk = Town(here, DrivenClock(here.clock.now()))
    publish(here, consultation(desk, first=0, 决策编号=number, 渠道="[website, feed]"), by=BY)
    here.store.write(lambda tx: replan(tx, "rsj", number, here.outlets))


def move(here: House, number: str, at: datetime) -> None:
    """Let it be told at ``at`` that the window opened: else all would be told at midnight."""
    of = (trigger.c.subject == subject_of("rsj", number), trigger.c.act == TELL)
    due = update(trigger).where(*of, trigger.c.detail.contains(f'"{Event.OPENED}"')).values(due_at=at, look_at=at)
    if here.store.write(lambda tx: tx.connection.execute(due).rowcount) != 1:
        raise RuntimeError(f"{number}: nothing is planned to be told of its window")


def released(here: House, of: Mapping[str, datetime]) -> list[float]:
    """How late each of these notices was, of those that are out."""
    wanted = select(message.c.subject, message.c.released_at).where(message.c.subject.in_(of))
    rows = here.store.read(lambda c: c.execute(wanted).all())
    return [(row.released_at - of[row.subject]).total_seconds() for row in rows]


def told(here: House, of: Mapping[str, datetime]) -> list[float]:
    """How late the first word on each of these matters was, of those that were told of."""
    wanted = (
        select(matter.c.number, message.c.released_at)
        .join(message, message.c.subject == matter.c.notice)
        .where(matter.c.number.in_(of), message.c.kind == MessageKind.MATTER, message.c.sequence == 1)
    )
    rows = here.store.read(lambda c: c.execute(wanted).all())
    return [(row.released_at - of[row.number]).total_seconds() for row in rows]
