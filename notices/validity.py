"""Until when a notice holds good or is shown, and what it is called when it no longer does or is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from config.clock import SHANGHAI
from config.kinds import kinds
from notices.facts import FactType, forms
from notices.notice import Version


@dataclass(frozen=True)
class End:
    """The end of a notice's validity, or of the period for which it is shown."""

    at: datetime  # from this instant on it has ended
    until: str  # the last day or the instant, in words: 2026年12月31日, 2026年11月26日18:30
    state: str  # what it is from then on


def end_of(ends_on: date | None, expires_at: datetime | None) -> End | None:
    """The earlier of 失效日期, whose last day still counts in Shanghai, and 失效时刻; None when there is no end."""
    found = []
    if ends_on and ends_on < date.max:
        found.append(_with(ends_on, "已失效"))
    if expires_at:
        found.append(End(expires_at, forms(FactType.TIME, expires_at.isoformat())[0], "已过时效"))
    return min(found, key=lambda end: end.at, default=None)


def shown_until(version: Version) -> End | None:
    """The end of the period for which a list is open to objection (公示); None for what is shown for good."""
    field = kinds()[version.kind].shown_until
    last = version.fields.get(field) if field else None
    return _with(date.fromisoformat(last), "公示期满") if last and date.fromisoformat(last) < date.max else None


def _with(day: date, state: str) -> End:
    midnight = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    return End(midnight, forms(FactType.DATE, day.isoformat())[0], state)
