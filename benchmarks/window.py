"""How long after its last second a window is seen to have closed on the site, while a desk publishes without pause."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benchmarks import lateness
from benchmarks.figures import Figure
from benchmarks.process import UP, free_ports, serving
from benchmarks.visible import OUTLETS, get
from config.clock import DrivenClock, wall
from producers.house import House, house
from producers.publish import publish
from streams.store.tables import matter
from tests.journeys.town import BY, Town, furnish
from tests.producers.papers import consultation

OPEN, CLOSED = "正在征求意见 - ", "征求意见已截止 - "  # in the page's own title: it names its neighbours' besides
WINDOWS = 10  # one closes each night; the first half of them while nothing else happens


def measure() -> Iterator[Figure]:
    """The longest of some nights with a busy desk beside the longest without."""
    with TemporaryDirectory() as folder:
        home, port, file = Path(folder) / "home", free_ports(2), Path(folder) / "clock"
        furnish(home, port, OUTLETS)
        clock = DrivenClock(DrivenClock().now(), file=file)
        environment = {"GONGKAI_HOME": str(home), "PORT": str(port), "GONGKAI_CLOCK": str(file)}
        with house(home, clock) as here, serving(UP, (port, port + 1), environment):
            paths = [opened(Town(here, clock), days) for days in range(1, WINDOWS + 1)]
            for path in paths:
                seen(port, path, OPEN)
            nights = iter(paths)
            quiet = [closed(clock, port, next(nights)) for _ in range(WINDOWS // 2)]
            with a_busy_desk(here):
                time.sleep(2)
                busy = [closed(clock, port, path) for path in nights]
    yield Figure("a window closes on the site, busy desk (bare: quiet)", max(busy), max(quiet), "s", 1, of_ratio=False)
    yield Figure("the same, median", statistics.median(busy), statistics.median(quiet), "s", 1, of_ratio=False)


def opened(town: Town, days: int) -> str:
    """Open a window for so many days; where the page of its matter will be."""
    number = f"JC-{days}"
    why = {"不足三十日的理由": "上级文件要求本月执行", "决策编号": number, "渠道": "[website]"}
    publish(town.house, consultation(town, first=0, days=days, promised=58, **why), by=BY)
    while (name := page_of(town.house, number)) is None:
        time.sleep(0.05)
    return f"/n/{name.replace('-', '/')}.html"


def page_of(here: House, number: str) -> str | None:
    """The page of the matter, once something was told of it."""
    wanted = select(matter.c.notice).where(matter.c.number == number)
    return here.store.read(lambda c: c.execute(wanted).scalar())


def closed(clock: DrivenClock, port: int, path: str) -> float:
    """Let the night's window close; seconds until its page says so."""
    midnight = (wall(clock.now()) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if wall(clock.now()).hour >= 9:  # the first night is that of the next day: a window ends with its last day
        midnight += timedelta(days=1)
    clock.set(midnight - timedelta(seconds=1))
    time.sleep(1)
    clock.set(midnight)
    return seen(port, path, CLOSED)


def seen(port: int, path: str, words: str) -> float:
    """Seconds until the page holds them."""
    begun = time.perf_counter()
    while words.encode() not in get(port, path)[1]:
        time.sleep(0.005)
    return time.perf_counter() - begun


@contextmanager
def a_busy_desk(here: House) -> Iterator[None]:
    """Notices are published one after another, and every one is sent, until the block ends."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            publish(here, lateness.file(here), by=BY)

    desk = threading.Thread(target=work)
    desk.start()
    try:
        yield
    finally:
        ended.set()
        desk.join()
