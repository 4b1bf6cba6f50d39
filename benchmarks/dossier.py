"""What planning all that is told of a matter costs among few and among many planned triggers."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, median
from benchmarks.lateness import FEW, MANY, fill
from config.clock import DrivenClock
from producers.house import house
from producers.publish import publish
from streams.follow import replan
from tests.journeys.town import BY, NOBODY, Outlet, Town, furnish
from tests.producers.papers import paper

TRIES = 15  # at each size: a matter of its own each time


def measure() -> Iterator[Figure]:
    """One figure: the median of planning a matter among MANY triggers beside that among FEW."""
    with TemporaryDirectory() as folder:
        furnish(Path(folder), NOBODY, [Outlet("site", "website")])
        clock = DrivenClock()
        with house(Path(folder), clock) as here:
            town, numbers = Town(here, clock), count()
            for number in range(2 * TRIES):
                publish(here, paper(town, "t06", 决策编号=f"JC-{number}", 渠道="[website]", 渠道用语=""), by=BY)

            def plan() -> None:
                number = f"JC-{next(numbers)}"
                here.store.write(lambda tx: replan(tx, "rsj", number, here.outlets))

            fill(here, FEW)
            few = median(plan, TRIES)
            fill(here, MANY - FEW)
            many = median(plan, TRIES)
    yield Figure("planning a matter among 100,000 triggers (bare: 100)", many * 1_000, few * 1_000, "ms", 1.3)
