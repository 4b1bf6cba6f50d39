"""Calendars as they were learned: each piece of news is an edition, and none is ever changed.

A term names the edition it was counted by; ``calendar_of`` that edition counts it again, years later too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, func, insert, or_, select

from notices.calendar.calendar import Calendar
from notices.calendar.year import Year, published
from streams import audit
from streams.store.store import Store, Tx
from streams.store.tables import calendar_edition

PROGRAM = "gongkai"  # who enters the years that come with the program
NEWS = "calendar"  # held by whoever has news of it, and by whoever counts by it and writes that down


def current(store: Store, office: str) -> Calendar:
    """The office's calendar as it is today, with every year that the program itself brings."""
    if store.read(_missing):
        store.write(bring)
    return store.read(lambda connection: calendar_of(connection, office))


def bring(tx: Tx) -> None:
    """Enter every year that the program itself brings and the store has not; nobody else has news of it meanwhile."""
    tx.alone(NEWS)
    for number in _missing(tx.connection):
        add_year(tx, published()[number], by=PROGRAM)


def calendar_of(connection: Connection, office: str, edition: int | None = None) -> Calendar:
    """The office's calendar in that edition; in the newest without one."""
    table = calendar_edition
    wanted = select(table).where(or_(table.c.office.is_(None), table.c.office == office)).order_by(table.c.number)
    if edition is not None:
        wanted = wanted.where(table.c.number <= edition)
    calendar = Calendar(0)
    for row in connection.execute(wanted):
        days = json.loads(row.days)
        off, worked = _dated(days["off"]), _dated(days["worked"])
        if row.office is None:
            calendar = calendar.with_year(Year(row.year, row.source, off, worked, is_official=True))
        else:
            calendar = calendar.with_own(off, worked, map(date.fromisoformat, days["usual"]))
        calendar = replace(calendar, edition=row.number)
    return calendar


def foreseen(connection: Connection, office: str) -> Calendar:
    """The office's calendar as it is today, for whoever writes no day of it down: years that the program brings count
    before anybody entered them.
    """
    calendar = calendar_of(connection, office)
    for number in published().keys() - calendar.years.keys():
        calendar = calendar.with_year(published()[number])
    return calendar


def add_year(tx: Tx, year: Year, *, by: str) -> int:
    """Enter a year as it was published, in place of what was known of it; the number of the new edition."""
    days = {"off": _written(year.off), "worked": _written(year.worked)}
    return _add(tx, None, year.number, year.source, days, by=by)


def add_own(
    tx: Tx,
    office: str,
    source: str,
    off: Mapping[date, str],
    worked: Mapping[date, str],
    usual: Iterable[date],
    *,
    by: str,
) -> int:
    """Enter days that an office has otherwise, and those it has as the country again; the new edition's number."""
    days = {"off": _written(off), "worked": _written(worked), "usual": [day.isoformat() for day in usual]}
    return _add(tx, office, None, source, days, by=by)


def _add(tx: Tx, office: str | None, year: int | None, source: str, days: Mapping[str, object], *, by: str) -> int:
    tx.alone(NEWS)
    newest = tx.connection.execute(select(func.max(calendar_edition.c.number))).scalar()
    number = (newest or 0) + 1
    tx.connection.execute(
        insert(calendar_edition).values(
            number=number,
            office=office,
            year=year,
            source=source,
            days=json.dumps(days, ensure_ascii=False),
            at=tx.clock.now(),
            who=by,
        )
    )
    detail = {"edition": number, "year": year, "source": source, "days": days}
    audit.record(tx, office=office or audit.LEDGER, who=by, act="calendar.learned", subject="calendar", detail=detail)
    return number


def _missing(connection: Connection) -> list[int]:
    there = set(
        connection.execute(select(calendar_edition.c.year).where(calendar_edition.c.office.is_(None))).scalars()
    )
    return [number for number in published() if number not in there]


def _dated(days: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in days.items()}


def _written(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): days[day] for day in sorted(days)}
