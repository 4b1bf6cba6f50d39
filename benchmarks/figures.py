"""A figure, its bare baseline, and whether the aim is met."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``bare`` is the baseline in the same unit; ``aim`` bounds ours / bare, or ours alone."""

    name: str
    ours: float
    bare: float
    unit: str
    aim: float
    at_least: bool = False  # the aim is a lower bound
    of_ratio: bool = True  # the aim bounds the ratio; else our figure itself

    @property
    def ratio(self) -> float:
        """Ours to the baseline's."""
        return self.ours / self.bare

    @property
    def met(self) -> bool:
        """Whether the aim is met."""
        measured = self.ratio if self.of_ratio else self.ours
        return measured >= self.aim if self.at_least else measured <= self.aim

    def __str__(self) -> str:
        aim = f"{'≥' if self.at_least else '≤'} {self.aim:g}{'' if self.of_ratio else ' ' + self.unit}"
        numbers = f"{_short(self.ours):>9} {_short(self.bare):>9} {self.unit:<14} {self.ratio:>8.2f}"
        return f"{self.name:<52} {numbers}  {aim:<10} {'met' if self.met else 'MISSED'}"


HEAD = f"{'':<52} {'ours':>9} {'bare':>9} {'':<14} {'ratio':>8}  {'aim':<10}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def seconds(act: Callable[[], object]) -> float:
    """How long ``act`` takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def median(act: Callable[[], object], times: int) -> float:
    """The median time of so many runs, in seconds."""
    return statistics.median(seconds(act) for _ in range(times))


def in_turn(acts: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The best time of each of ``acts``, run in turn so many rounds: what disturbs the machine disturbs them alike."""
    times = [[seconds(act) for act in acts] for _ in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]
