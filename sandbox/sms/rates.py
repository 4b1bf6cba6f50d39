"""Frequency limits: how often one number may be texted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.clock import wall
from sandbox.sms.witness import Text


@dataclass(frozen=True)
class Window:
    """One limit: ``most`` texts that are ``same`` within ``seconds`` (None: the calendar day here)."""

    name: str  # as the registrations may change it
    seconds: int | None
    most: int
    code: str
    says: str
    same: Callable[[Text, Text], bool]

    def holds(self, earlier: Text, now: datetime) -> bool:
        """Whether ``earlier`` still counts at ``now``."""
        if self.seconds is None:
            return wall(earlier.instant).date() == wall(now).date()
        return (now - earlier.instant).total_seconds() < self.seconds


def broken(
    windows: Iterable[Window], limits: Mapping[str, int], text: Text, earlier: Sequence[Text], now: datetime
) -> Window | None:
    """The first limit that ``text`` would break after ``earlier`` ones to the same number, with its number in force."""
    for window in windows:
        most = limits.get(window.name, window.most)
        if sum(window.holds(each, now) and window.same(each, text) for each in earlier) >= most:
            return window
    return None
