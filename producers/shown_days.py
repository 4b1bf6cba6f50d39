"""公示期: the working days on which a list is open to objection, counted by the office's calendar when it goes out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from config.clock import wall
from config.kinds import Working, kinds
from config.messages import say
from notices.calendar.calendar import Calendar
from notices.calendar.rules import rule
from notices.calendar.term import DAY
from notices.document import Draft
from notices.notice import Content, Version
from notices.problem import FileRefused
from producers.house import House
from streams.calendars import foreseen

LONGEST = timedelta(days=366)  # what is longer is another slip


def check_shown_days(house: House, draft: Draft, out: datetime, *, before: Version | None = None) -> None:
    """Raises ``FileRefused`` where ``draft``, public from ``out`` on, says another number of working days than it is
    shown for, or is shown for too few for what it lists.

    What a correction of ``before`` does not touch is left alone, and so is what reaches into a year that nobody has
    published.
    """
    workings = [one for one in kinds()[draft.content.kind].workings if before is None or _differs(one, draft, before)]
    found = _found(house, draft.content, workings, out)
    if found:
        raise FileRefused([draft.problem(one.label, one.key, **one.values) for one in found])


@dataclass(frozen=True)
class Provisional:
    """A period that reaches into a year nobody has published, and how many working days it seems to have."""

    label: str  # of the field that says the number
    given: str
    dates: str
    actual: int


def provisional_days(house: House, content: Content, out: datetime) -> Iterator[Provisional]:
    """Each of them, should ``content`` be public from ``out`` on: it is counted anew when the calendar comes."""
    workings = kinds()[content.kind].workings
    if not workings:
        return
    calendar = house.store.read(lambda c: foreseen(c, content.office))
    for one in workings:
        first, last = _period(one, content, wall(out).date())
        if last - first <= LONGEST and any(calendar.is_provisional(day) for day in (first, last)):
            label, given = kinds()[content.kind].field(one.days).label, content.fields[one.days]
            yield Provisional(label, given, f"{first}—{last}", _working(calendar, first, last))


def wrong_days(house: House, version: Version, out: datetime) -> str:
    """What is wrong with them when ``version`` is public from ``out`` on, in words; empty where nothing is."""
    found = _found(house, version, kinds()[version.kind].workings, out)
    return "；".join(say(f"notice.{one.key}", **one.values) for one in found)


@dataclass(frozen=True)
class _Slip:
    """As ``notices.problem.Problem``, of a notice that may have no file."""

    label: str
    key: str
    values: dict[str, object]


def _found(house: House, content: Content, workings: Iterable[Working], out: datetime) -> list[_Slip]:
    wanted = list(workings)
    if not wanted:
        return []
    calendar = house.store.read(lambda c: foreseen(c, content.office))
    return [slip for one in wanted for slip in _wrong(one, content, wall(out).date(), calendar)]


def _differs(one: Working, draft: Draft, before: Version) -> bool:
    names = (one.days, one.earlier, one.later, one.of)
    return any(draft.content.fields.get(name) != before.fields.get(name) for name in names)


def _wrong(one: Working, content: Content, out: date, calendar: Calendar) -> Iterator[_Slip]:
    kind, fields = kinds()[content.kind], content.fields
    first, last = _period(one, content, out)
    if last - first > LONGEST or any(calendar.is_provisional(day) for day in (first, last)):
        return
    actual = _working(calendar, first, last)
    given, of, label = Decimal(fields[one.days]), fields.get(one.of), kind.field(one.days).label
    values = {"dates": f"{first}—{last}", "actual": actual}
    term = rule(one.least[of]) if of is not None and of in one.least else None
    if term is not None and actual < term.length:
        until = _until(first, term.length, calendar)
        told = {**values, "of": of, "least": term.length, "source": term.source, "until": until}
        yield _Slip(kind.field(one.later).label, "working_days_few", told)
    elif given != actual:
        told = {**values, "given": given, "until": _until(first, int(given), calendar)}
        yield _Slip(label, "working_days", told)


def _period(one: Working, content: Content, out: date) -> tuple[date, date]:
    """Its first and last day: what goes out late is shown from then on."""
    fields = content.fields
    return max(date.fromisoformat(fields[one.earlier]), out), date.fromisoformat(fields[one.later])


def _working(calendar: Calendar, first: date, last: date) -> int:
    return sum(calendar.is_working(first + more * DAY) for more in range((last - first).days + 1))


def _until(first: date, length: int, calendar: Calendar) -> date:
    """The last of so many working days from ``first`` on."""
    day = first - DAY
    for _ in range(max(length, 1)):
        day += DAY
        while not calendar.is_working(day):
            day += DAY
    return day
