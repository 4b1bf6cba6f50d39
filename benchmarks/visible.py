"""From the file on the desk to the page and the feed that a reader gets, beside a running ``gongkai up``."""

import http.client
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks import bare_visible
from benchmarks.figures import Figure, seconds
from benchmarks.process import free_ports, serving, up
from config.clock import DrivenClock, SystemClock
from notices.document import Draft
from producers.house import House, house
from producers.publish import publish
from tests.journeys.town import BY, Outlet, Town, furnish

NOTICES = 60
WARM = 5  # of them do not count
OUTLETS = (Outlet("site", "website"), Outlet("feeds", "feed"))


def measure() -> Iterator[Figure]:
    """The median and the 99th percentile of some publications, one after another."""
    with TemporaryDirectory() as folder:
        home, port = Path(folder) / "home", free_ports(3)
        furnish(home, port, OUTLETS)
        with up(home, port), house(home) as here:
            ours = [one(here, number) for number in range(NOTICES)][WARM:]
            files = {name: get(port, path)[1] for name, path in (("page", "/"), ("feed", "/feeds/all.atom"))}
        plain = Path(folder) / "plain"
        plain.mkdir()
        command = [*bare_visible.SERVER, "--directory", str(plain), str(port + 2)]
        with serving(command, (port + 2,), {}):
            bare = [seconds(lambda: one_bare(plain, port + 2, files)) for _ in range(NOTICES)][WARM:]
    yield Figure(
        "publish → visible on site and feed, p50",
        percentile(ours, 50),
        percentile(bare, 50),
        "ms",
        1_000,
        of_ratio=False,
    )
    yield Figure(
        "publish → visible on site and feed, p99",
        percentile(ours, 99),
        percentile(bare, 99),
        "ms",
        1_000,
        of_ratio=False,
    )


def percentile(times: list[float], share: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1] * 1_000


def one(here: House, number: int) -> float:
    """Publish one notice; the seconds until its page is there and the feed names it."""
    draft = written(here, number)
    begun = time.perf_counter()
    done = publish(here, draft, by=BY)
    port, path = urlsplit(done.address).port or 0, urlsplit(done.address).path
    while get(port, path)[0] != 200 or done.notice.encode() not in get(port, "/feeds/all.atom")[1]:
        time.sleep(0.002)
    return time.perf_counter() - begun


def one_bare(folder: Path, port: int, files: dict[str, bytes]) -> None:
    """The same bytes, put there and fetched."""
    bare_visible.publish(folder, files)
    for name in files:
        get(port, f"/{name}")


def written(here: House, number: int) -> Draft:
    """A file like no other."""
    return Town(here, DrivenClock(SystemClock().now())).draft(f"第{number}件", channels=("website", "feed"))


def get(port: int, path: str) -> tuple[int, bytes]:
    """What is there now."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", path)
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found
