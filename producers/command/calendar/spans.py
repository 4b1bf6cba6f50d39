"""Days that differ from their weekday, those together that follow each other and are alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.messages import say
from notices.calendar.calendar import Calendar

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """One holiday, or one day that is worked instead; both days included."""

    first: date
    last: date
    is_worked: bool
    is_own: bool  # the office's alone
    reason: str

    @property
    def dates(self) -> str:
        """2026-10-01 至 10-07, 7 天."""
        if self.first == self.last:
            return self.first.isoformat()
        return say(
            "calendar.span", first=self.first, last=f"{self.last:%m-%d}", count=(self.last - self.first).days + 1
        )

    @property
    def weekdays(self) -> str:
        """星期四–星期三."""
        days = [self.first] if self.first == self.last else [self.first, self.last]
        return "–".join(say(f"calendar.weekday_{day.weekday()}") for day in days)


def spans(calendar: Calendar, days: Sequence[date]) -> Iterator[Span]:
    """Those of ``days`` that differ from their weekday, together where they are one holiday."""
    open_: Span | None = None
    for day in filter(calendar.differs, days):
        one = Span(day, day, calendar.is_working(day), day in calendar.own, calendar.reason(day))
        if open_ and day - open_.last == DAY and _alike(open_, one):
            open_ = Span(open_.first, day, one.is_worked, one.is_own, one.reason)
            continue
        if open_:
            yield open_
        open_ = one
    if open_:
        yield open_


def _alike(one: Span, other: Span) -> bool:
    return (one.is_worked, one.is_own, one.reason) == (other.is_worked, other.is_own, other.reason)
