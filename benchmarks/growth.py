"""What one publication costs when there are many notices: from the file to every byte of site and feed."""

import shutil
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, seconds
from benchmarks.seed import seed
from config.clock import DrivenClock
from producers.serve.listeners import bind
from tests.journeys.town import Ground, Outlet, Town, furnish, opened

BLOCK = 500  # notices in a file of the site's look-up: all sizes stand at the same place of their last one
SIZES = (100, 20 * BLOCK + 100, 200 * BLOCK + 100)
RUNS = 15
WARM = 3  # of them do not count
OUTLETS = (Outlet("site", "website"), Outlet("feeds", "feed"))


def measure() -> Iterator[Figure]:
    """The median of some publications at each size, in turn; the smallest size is the baseline."""
    with TemporaryDirectory() as folder, ExitStack() as open_:
        one = Path(folder) / "one"
        with bind("127.0.0.1", 0) as listening:
            furnish(one, listening.getsockname()[1], OUTLETS)
            with opened(Ground(one, DrivenClock(), listening)) as town:
                _one(town, "原件", "delivered")
        towns = []
        for size in SIZES:
            home = Path(folder) / str(size)
            shutil.copytree(one, home)
            seed(home, size)
            towns.append(open_.enter_context(opened(Ground(home, DrivenClock()))))  # nobody serves it: not read back
        taken = [[_cost(town, number) for town in towns] for number in range(RUNS)][WARM:]
    first, *others = (statistics.median(costs) * 1_000 for costs in zip(*taken, strict=True))
    for size, cost in zip(SIZES[1:], others, strict=True):
        yield Figure(f"one publication among {size:,} (bare: {SIZES[0]})", cost, first, "ms", 1.3)


def _cost(town: Town, number: int) -> float:
    town.clock.advance(60)
    return seconds(lambda: _one(town, f"第{number}件", "accepted"))


def _one(town: Town, title: str, ends: str) -> None:
    done = town.publish(title, channels=("website", "feed"))
    town.settle()
    if (states := town.outcomes(done)) != {"site": [ends], "feeds": [ends]}:
        raise RuntimeError(f"{done.notice}: {states}")
