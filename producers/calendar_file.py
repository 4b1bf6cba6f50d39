"""A file that says which days are worked: a year as the State Council published it, or an office's own days."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from notices.calendar.year import FIRST, LAST, Year, festivals

MOST = 2**16  # bytes of such a file: ten times what a year's takes
LONGEST = 31  # days of one holiday
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NoCalendar(Exception):
    """The file is no calendar: ``reason`` names the message, ``values`` are put into it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason, values)
        self.reason = reason  # toml | field | empty | outside | weekday | twice | festival
        self.values = values


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Span(_Row):
    """``[[off]]``: a holiday, both days included."""

    name: Text
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _is_short(self) -> "_Span":
        if not 0 <= (self.last - self.first).days < LONGEST:
            raise ValueError(f"from {self.first} to {self.last}")
        return self

    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + timedelta(days=more) for more in range((self.last - self.first).days + 1))


class _Day(_Row):
    """``[[worked]]``: a day worked that would be off."""

    name: Text
    day: date


class _File(_Row):
    year: int | None = Field(None, ge=FIRST, le=LAST)
    source: Text
    off: Sequence[_Span] = ()
    worked: Sequence[_Day] = ()
    usual: Sequence[date] = ()


@dataclass(frozen=True)
class OwnDays:
    """An office's own days: off, worked, and those that are as in the country again."""

    source: str
    off: dict[date, str]
    worked: dict[date, str]
    usual: tuple[date, ...]


def read_calendar(file: Path) -> Year | OwnDays:
    """What stands in ``file``: with a ``year`` it is the country's, else an office's. Raises ``NoCalendar``."""
    found = _parsed(file)
    off = dict(_once((day, span.name) for span in found.off for day in span.days()))
    worked = dict(_once((row.day, row.name) for row in found.worked))
    if both := sorted({*off} & {*worked} | ({*off, *worked} & {*found.usual})):
        raise NoCalendar("twice", day=both[0])
    if found.year is None:
        if not off and not worked and not found.usual:
            raise NoCalendar("empty")
        return OwnDays(found.source, off, worked, tuple(found.usual))
    if found.usual:
        raise NoCalendar("field", cause="usual")
    year = Year(found.year, found.source, off, worked, is_official=True)
    _check(year)
    return year


def _parsed(file: Path) -> _File:
    if file.stat().st_size > MOST:
        raise NoCalendar("toml", cause=f"> {MOST // 2**10} KB")
    try:
        return _File.model_validate(tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise NoCalendar("toml", cause=error) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise NoCalendar("field", cause=f"{where}: {first['msg']}" if where else first["msg"]) from None


def _once(days: Iterator[tuple[date, str]]) -> Iterator[tuple[date, str]]:
    seen = set[date]()
    for day, name in days:
        if day in seen:
            raise NoCalendar("twice", day=day)
        seen.add(day)
        yield day, name


def _check(year: Year) -> None:
    """A year that is half typed in is worse than none: every wrong deadline would look right."""
    if outside := [day for day in (*year.off, *year.worked) if day.year != year.number]:
        raise NoCalendar("outside", day=outside[0], year=year.number)
    if weekdays := [day for day in year.worked if day.weekday() < 5]:
        raise NoCalendar("weekday", day=weekdays[0])
    if missing := [f"{name} {day}" for day, name in festivals(year.number).items() if day not in year.off]:
        raise NoCalendar("festival", missing="、".join(missing))
