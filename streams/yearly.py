"""What each office owes once a year, whatever it publishes: the report on the year before, by its day.

It begins with the nightly recount, and news of the column's notices meets it or opens it again.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from config.clock import wall
from notices.calendar.calendar import Calendar
from notices.notice import State
from notices.owed import End
from notices.yearly import YEARLY, Yearly, begins_at, met, year_of, yearlies
from streams import audit, reminders
from streams.calendars import calendar_of
from streams.duties import counted_by, owed
from streams.history import histories
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import duty, notice

WHO = "gongkai"  # who begins and ends what no person does
PUBLIC = (State.RELEASED, State.WITHDRAWN)  # of notices: something was said of them


def begin_year(tx: Tx, office: str, section: str, outlets: Outlets) -> None:
    """Begin what the office owes this year; the section of the newest report owes it, ``section`` where there is none.

    An office that published nothing before the day was over was not here yet, and owes nothing for that year.
    """
    year = wall(tx.clock.now()).year
    for one in yearlies():
        name = name_of(office, one, year)
        if tx.connection.execute(select(duty.c.id).where(duty.c.id == name)).first():
            continue
        calendar = calendar_of(tx.connection, office)
        counted = counted_by(calendar, one.rule, begins_at(year), ())
        if _was_here(tx.connection, office, counted["ends_at"]):
            _begin(tx, office, section, one, year, outlets, calendar)


def hear(tx: Tx, heard: Sequence[str], outlets: Outlets) -> None:
    """Meet, or open again, what the notices ``heard`` bear on."""
    rows = tx.connection.execute(select(notice.c.office, notice.c.kind).where(notice.c.id.in_(heard)).distinct()).all()
    for office in sorted({row.office for row in rows}):
        for one in yearlies():
            if any(row.office == office and row.kind in one.kinds for row in rows):
                _hear(tx, office, one, outlets)


def name_of(office: str, one: Yearly, year: int) -> str:
    """The duty's own name: one for an office, a column and a year."""
    return hashlib.sha256(f"{YEARLY}/{office}/{one.column}/{year}".encode()).hexdigest()[:12]


def _was_here(connection: Connection, office: str, before: datetime) -> bool:
    first = select(func.min(notice.c.released_at)).where(notice.c.office == office)
    at = connection.execute(first).scalar()
    return at is not None and at < before


def _begin(tx: Tx, office: str, section: str, one: Yearly, year: int, outlets: Outlets, calendar: Calendar) -> None:
    start, end = begins_at(year), _end(tx.connection, office, one, year, outlets)
    values: dict[str, Any] = {
        "id": name_of(office, one, year),
        "office": office,
        "section": _section(tx.connection, office, one, outlets) or section,
        "about": one.about(year),
        "rule": json.dumps(asdict(one.rule), ensure_ascii=False),
        "start": start,
        "pauses": "[]",
        "added_at": tx.clock.now(),
        "begun": YEARLY,
        **_ended(end),
        **counted_by(calendar, one.rule, start, ()),
    }
    tx.connection.execute(insert(duty).values(values))
    reminders.begin(tx, owed(tx.connection, values["id"]), calendar)
    detail = {name: values[name] for name in ("begun", "about", "section", "last", "how")}
    detail |= {"rule": one.rule.id, "start": start.isoformat(), "by": values["ended_by"]}
    audit.record(tx, office=office, who=WHO, act="duty.added", subject=values["id"], detail=detail)


def _hear(tx: Tx, office: str, one: Yearly, outlets: Outlets) -> None:
    mine = select(duty).where(duty.c.office == office, duty.c.begun == YEARLY).order_by(duty.c.id).with_for_update()
    for row in tx.connection.execute(mine).all():
        year = year_of(row.start)
        if row.id == name_of(office, one, year):
            _bring(tx, row, _end(tx.connection, office, one, year, outlets))


def _bring(tx: Tx, row: "Row[Any]", end: End | None) -> None:
    """A person's word that it was met holds."""
    ended = _ended(end)
    if (row.done_at is not None and row.ended_by is None) or all(ended[key] == getattr(row, key) for key in ended):
        return
    tx.connection.execute(update(duty).where(duty.c.id == row.id).values(**ended))
    reminders.replan(tx, owed(tx.connection, row.id))
    act = "duty.done" if end else "duty.reopened"
    audit.record(tx, office=row.office, who=WHO, act=act, subject=row.id, detail={"by": ended["ended_by"]})


def _ended(end: End | None) -> dict[str, Any]:
    return {
        "done_at": end.at if end else None,
        "how": end.how if end else None,
        "ended_by": end.message if end else None,
    }


def _end(connection: Connection, office: str, one: Yearly, year: int, outlets: Outlets) -> End | None:
    there = _reports(connection, office, one)
    return met(year, [told.history.own for told in histories(connection, there, outlets)])


def _section(connection: Connection, office: str, one: Yearly, outlets: Outlets) -> str | None:
    """Of the newest report."""
    newest = next(histories(connection, _reports(connection, office, one)[:1], outlets), None)
    return newest.history.own[-1].version.section if newest else None


def _reports(connection: Connection, office: str, one: Yearly) -> list[str]:
    """What was ever public in the column, the newest first."""
    mine = (notice.c.office == office, notice.c.kind.in_(one.kinds), notice.c.state.in_(PUBLIC))
    wanted = select(notice.c.id).where(*mine).order_by(notice.c.released_at.desc(), notice.c.id.desc())
    return list(connection.execute(wanted).scalars())
