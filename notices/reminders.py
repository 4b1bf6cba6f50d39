"""When staff are reminded of what they owe, rung by rung: ``config/reminders.toml`` over one duty and the calendar."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from config.clock import SHANGHAI, wall
from notices.calendar.calendar import Calendar
from notices.calendar.term import DAY, Rule, Unit

_FILE = "config/reminders.toml"
HOUR = timedelta(hours=1)


class Rung(StrEnum):
    """Whom a reminder is for, in the order in which they are told."""

    OWNER = "owner"  # 责任人 and B角, as the notice names them
    HEAD = "head"  # of the section
    OFFICE = "office"  # 办公室
    DIRECTOR = "director"  # 分管领导


@dataclass(frozen=True)
class Row:
    """One row of the file."""

    id: str
    of: str  # days | hours
    to: Rung
    before: int | None = None
    after: int | None = None
    half: bool = False
    least: int = 1  # length of the terms it is for, in what they are counted in

    def is_of(self, rule: Rule) -> bool:
        """Whether it is for such terms."""
        length = max(rule.length, 1)  # an instant that the notice itself names is a term of no hours
        return (self.of == "hours") == (rule.unit is Unit.HOURS) and length >= self.least


@dataclass(frozen=True)
class Rules:
    """The whole file."""

    at: time  # of the reminders of terms in days
    rows: tuple[Row, ...]


@dataclass(frozen=True, order=True)
class Reminder:
    """One instant at which somebody is told."""

    at: datetime
    to: Rung
    row: str


@dataclass(frozen=True)
class Counted:
    """What is owed, as it was counted."""

    rule: Rule
    start: datetime
    last: date
    ends_at: datetime


def reminders(owed: Counted, calendar: Calendar, rules: Rules | None = None) -> tuple[Reminder, ...]:
    """Every reminder of it, the earliest first; nobody is told twice at one instant."""
    rules = rules or reminder_rules()
    found: dict[tuple[Rung, datetime], Reminder] = {}
    for row in rules.rows:
        if row.is_of(owed.rule):
            at = _hours(row, owed) if row.of == "hours" else _morning(row, owed, calendar, rules.at)
            if at > owed.start or _is_named(owed.rule):
                found[row.to, at] = Reminder(at, row.to, row.id)
    return tuple(sorted(found.values()))


def ladder(rules: Rules | None = None) -> int:
    """How many working days after its day the last rung is told of a term that is counted in days."""
    rows = (rules or reminder_rules()).rows
    return max((row.after for row in rows if row.of == "days" and row.after is not None), default=0)


def next_morning(now: datetime, calendar: Calendar, rules: Rules | None = None) -> datetime:
    """The first hour of reminders on a working day that is not over at ``now``."""
    at = (rules or reminder_rules()).at
    day = wall(now).date()
    while not calendar.is_working(day) or _instant(day, at) < now:
        day += DAY
    return _instant(day, at)


def _is_named(rule: Rule) -> bool:
    """A day or an instant that the notice itself names, or one before its event: it is known beforehand."""
    is_a_day = rule.counts_first and rule.length == 1 and rule.unit is Unit.DAYS
    return is_a_day or rule.length == 0 or rule.before


def _hours(row: Row, owed: Counted) -> datetime:
    if row.half:
        return owed.start + (owed.ends_at - owed.start) / 2
    return owed.ends_at + (row.after or 0) * HOUR - (row.before or 0) * HOUR


def _morning(row: Row, owed: Counted, calendar: Calendar, at: time) -> datetime:
    """On the working day before a day off; what is late, on working days alone."""
    day = owed.last
    if row.after is None:
        day -= (row.before or 0) * DAY
        while not calendar.is_working(day):
            day -= DAY
        return _instant(day, at)
    return _instant(calendar.working_day_after(day, row.after), at)


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI)


@cache
def reminder_rules() -> Rules:
    """The file's. Raises ``ValueError`` that names the file, the row and the mistake."""
    return rules_in((files("config") / "reminders.toml").read_text("utf-8"))


def rules_in(toml: str) -> Rules:
    """What ``toml`` says. Raises as ``reminder_rules``."""
    try:
        table = tomllib.loads(toml)
        at = time.fromisoformat(table.pop("at"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{_FILE}: at = "09:00" ({error})') from None
    rows: Sequence[dict[str, Any]] = table.pop("reminder", [])
    if table:
        raise ValueError(f"{_FILE}: unknown key {', '.join(sorted(table))}; allowed: at, reminder")
    found: dict[str, Row] = {}
    for number, given in enumerate(rows, start=1):
        try:
            row = _row(given)
            if row.id in found:
                raise ValueError("the id is taken by another row")
        except ValueError as error:
            raise ValueError(f"{_FILE}, row {number} ({given.get('id', '-')}): {error}") from None
        found[row.id] = row
    return Rules(at, tuple(found.values()))


def _row(given: dict[str, Any]) -> Row:
    allowed = ["from" if field.name == "least" else field.name for field in fields(Row)]
    if odd := given.keys() - set(allowed):
        raise ValueError(f"unknown key {', '.join(sorted(odd))}; allowed: {', '.join(allowed)}")
    if missing := {"id", "of", "to"} - given.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    if given["of"] not in ("days", "hours"):
        raise ValueError("of is days or hours")
    if len(given.keys() & {"before", "after", "half"}) != 1:
        raise ValueError("one of before, after and half")
    if "half" in given and (given["half"] is not True or given["of"] != "hours"):
        raise ValueError("half = true, and of hours only")
    for name, first in (("before", 0), ("after", 1), ("from", 1)):
        value = given.get(name, first)
        if type(value) is not int or not first <= value <= 366:
            raise ValueError(f"{name} is a number from {first} to 366")
    rest = {name: value for name, value in given.items() if name != "from"}
    return Row(**{**rest, "to": Rung(given["to"]), "least": given.get("from", 1)})
