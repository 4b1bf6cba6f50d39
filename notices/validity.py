"""Until when a notice holds good, and what it is called when it no longer does."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from config.clock import SHANGHAI
from notices.facts import FactType, forms


@dataclass(frozen=True)
class End:
    """The end of a notice's validity."""

    at: datetime  # from this instant on it has ended
    until: str  # the last day or the instant, in words: 2026年12月31日, 2026年11月26日18:30
    state: str  # what it is from then on


def end_of(ends_on: date | None, expires_at: datetime | None) -> End | None:
    """The earlier of 失效日期, whose last day still counts in Shanghai, and 失效时刻; None when there is no end."""
    found = []
    if ends_on and ends_on < date.max:
        midnight = datetime.combine(ends_on + timedelta(days=1), time(), SHANGHAI)
        found.append(End(midnight, forms(FactType.DATE, ends_on.isoformat())[0], "已失效"))
    if expires_at:
        found.append(End(expires_at, forms(FactType.TIME, expires_at.isoformat())[0], "已过时效"))
    return min(found, key=lambda end: end.at, default=None)
