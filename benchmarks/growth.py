"""What one publication costs when there are many notices: from the file to every byte of site and feed."""

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, seconds
from benchmarks.seed import seed
from config.clock import DrivenClock
from producers.serve.listeners import bind
from tests.journeys.town import Ground, Outlet, Town, furnish, opened

BLOCK = 500  # notices in a file of the site's look-up: all sizes stand at the same place of their last one
SIZES = (100, 20 * BLOCK + 100, 200 * BLOCK + 100)
RUNS = 12
WARM = 3  # of them do not count
OUTLETS = (Outlet("site", "website"), Outlet("feeds", "feed"))


def measure() -> Iterator[Figure]:
    """The median of some publications at each size; the smallest size is the baseline."""
    costs = []
    with TemporaryDirectory() as folder, bind("127.0.0.1", 0) as listening:
        one = Path(folder) / "one"
        furnish(one, listening.getsockname()[1], OUTLETS)
        publish(Ground(one, DrivenClock(), listening), 1)
        for size in SIZES:
            home = Path(folder) / str(size)
            shutil.copytree(one, home)
            seed(home, size)
            costs.append(statistics.median(publish(Ground(home, DrivenClock(), listening), RUNS)[WARM:]))
            shutil.rmtree(home)
    for size, cost in zip(SIZES[1:], costs[1:], strict=True):
        yield Figure(f"one publication among {size:,} (bare: {SIZES[0]})", cost * 1_000, costs[0] * 1_000, "ms", 1.3)


def publish(ground: Ground, times: int) -> list[float]:
    """Publish so many notices, one after another; the seconds each took until site and feed had it."""
    taken = []
    with opened(ground) as town:
        for number in range(times):
            ground.clock.advance(60)
            taken.append(seconds(lambda: _one(town, f"又一件，第{number}件")))  # noqa: B023  # called here
    return taken


def _one(town: Town, title: str) -> None:
    done = town.publish(title, channels=("website", "feed"))
    town.settle()
    if (states := town.outcomes(done)) != {"site": ["delivered"], "feeds": ["delivered"]}:
        raise RuntimeError(f"{done.notice}: {states}")
