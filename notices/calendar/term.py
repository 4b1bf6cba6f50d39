"""A term: so many days, working days or months from an event, counted as the law counts."""

import calendar as months_of
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from config.clock import SHANGHAI, wall
from notices.calendar.calendar import Calendar

DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a term is counted in."""

    HOURS = "hours"
    DAYS = "days"  # calendar days
    WORKING_DAYS = "working-days"
    MONTHS = "months"


@dataclass(frozen=True)
class Rule:
    """How one term is counted, and where that stands.

    The first day does not count unless the rule says so, and a term that ends on a day off ends with the next
    working day (民法典 art. 201, 203); of months the last day is the one of the same number, or the month's last
    (art. 202). Of a term ``before`` its event, the last day lies back by its length, or on the working day before that.
    """

    id: str
    name: str
    name_en: str
    begins: str  # the event it is counted from
    begins_en: str
    length: int
    unit: Unit
    source: str  # law and article
    counts_first: bool = False
    rolls: bool = True
    before: bool = False  # so many calendar days before the event, not after it

    @property
    def pauses(self) -> bool:
        """Whether days may be left out of it: neither hours stand still, nor what must be done by a day beforehand."""
        return self.unit is not Unit.HOURS and not self.before


@dataclass(frozen=True)
class Pause:
    """A time that does not count, both days included; ``last`` is None while it goes on (条例 art. 33 ¶3)."""

    first: date
    last: date | None

    def has(self, day: date) -> bool:
        """True when ``day`` is one of its days."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Term:
    """What came of counting: everything it rests on, so that it can be counted again years later."""

    rule: str
    start: datetime
    edition: int  # of the calendar
    last: date  # the day at whose end it has run out
    ends_at: datetime  # from this instant on it is over
    provisional: bool  # a day that decides it belongs to a year nobody has published


class Standing(Exception):
    """The term stands still: a pause in it goes on, so nobody knows yet when it ends."""


def count(rule: Rule, start: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Term:
    """When a term that began with an event at ``start`` (aware) ends.

    Raises ``Standing`` while a pause goes on before its end, ``ValueError`` for pauses of what knows none.
    """
    if pauses and not rule.pauses:
        raise ValueError(f"{rule.id}: it is not paused")
    if rule.unit is Unit.HOURS:
        ends_at = start + timedelta(hours=rule.length)
        return Term(rule.id, start, calendar.edition, wall(ends_at).date(), ends_at, provisional=False)
    looked_at = _Looked(calendar)
    if rule.before:
        last = wall(start).date() - rule.length * DAY
        while rule.rolls and not looked_at.is_working(last):
            last -= DAY
        return Term(rule.id, start, calendar.edition, last, midnight_after(last), provisional=looked_at.provisional)
    last = _last(rule, wall(start).date(), looked_at, pauses)
    while rule.rolls and (not looked_at.is_working(last) or _paused(last, pauses)):
        last += DAY
    return Term(rule.id, start, calendar.edition, last, midnight_after(last), provisional=looked_at.provisional)


def rolled(day: date, calendar: Calendar) -> date:
    """``day``, or the first working day after it where it is a day off (民法典 art. 203)."""
    while not calendar.is_working(day):
        day += DAY
    return day


def midnight_after(day: date) -> datetime:
    """The instant at which ``day`` is over here."""
    return datetime.combine(day + DAY, time(), SHANGHAI)


class _Looked:
    """The calendar, and whether any of the days it was asked for is provisional."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.provisional = False

    def is_working(self, day: date) -> bool:
        self.provisional |= self._calendar.is_provisional(day)
        return self._calendar.is_working(day)


def _last(rule: Rule, start: date, calendar: _Looked, pauses: Sequence[Pause]) -> date:
    counted = _counted(start if rule.counts_first else start + DAY, pauses)
    if rule.unit is Unit.WORKING_DAYS:
        counted = (day for day in counted if calendar.is_working(day))
    length = rule.length
    if rule.unit is Unit.MONTHS:
        length = (_months_on(start, rule.length) - start).days
    return next(day for number, day in enumerate(counted, 1) if number == length)


def _counted(first: date, pauses: Sequence[Pause]) -> Iterator[date]:
    """The days from ``first`` on that are in no pause."""
    day = first
    while True:
        if not (paused := [pause for pause in pauses if pause.has(day)]):
            yield day
        elif any(pause.last is None for pause in paused):
            raise Standing(day.isoformat())
        day += DAY


def _paused(day: date, pauses: Sequence[Pause]) -> bool:
    if any(pause.last is None for pause in pauses if pause.has(day)):
        raise Standing(day.isoformat())
    return any(pause.has(day) for pause in pauses)


def _months_on(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, months_of.monthrange(year, month)[1]))
