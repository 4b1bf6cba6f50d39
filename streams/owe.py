"""Owe: what a notice makes its office owe begins, moves and ends by itself, by the rows of ``config/begins.toml`` and
the times within which columns must have something new, and the report on the year before.

What is approved and public later is awaited from then on: its duties begin here too, with its approval.

An event only says of which notice there is news. What is owed is decided from everything the store has of that notice
and of those tied to it, so the order in which events are carried, and how often, makes no difference.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from notices.begins import Begin, Met, begins
from notices.calendar.calendar import Calendar
from notices.notice import Message
from notices.owed import Stands, rows, stands
from streams import audit, reminders
from streams.calendars import NEWS, bring, calendar_of
from streams.duties import counted_by, lapsed, owed, owed_in
from streams.events import Event, Said
from streams.history import histories
from streams.outlets import Outlets
from streams.stale import keep_up
from streams.store.store import Tx
from streams.store.tables import duty
from streams.ties import tied_with
from streams.yearly import hear

WHO = "gongkai"  # who begins and ends what no person does


def owe(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Begin, move and end the duties of the notices that the events are of, of those tied to them, of their columns."""
    heard = sorted({cause.data.notice for cause in events if isinstance(cause.data, Said)})
    tx.alone(NEWS)  # also against whoever else brings the same duties up to date
    bring(tx)
    notices = sorted(tied_with(tx.connection, heard))
    calendar = cache(partial(calendar_of, tx.connection))
    owing = list(_owing(tx.connection, notices, outlets))
    known = _known(tx, notices)
    keep_up(tx, heard, outlets, calendar)  # before the audit: whoever closes a duty holds its row first, then the audit
    hear(tx, heard, outlets)
    for one in owing:
        _bring(tx, one, known.get(name_of(one.begin, one.notice, one.of)), calendar(one.office))


@dataclass(frozen=True)
class Owing:
    """One duty of a notice, as what was said has it."""

    notice: str
    office: str
    begin: Begin
    of: str  # the row of a table; empty: the notice as a whole
    stands: Stands


def await_release(tx: Tx, message: Message) -> None:
    """Begin what ``message``, approved and timed, owes until it is public. ``hold_owed`` first."""
    version, calendar = message.version, calendar_of(tx.connection, message.office.id)
    for begin in begins():
        for of in begin.rows_of(version) if begin.awaited else ():
            if start := begin.start_of(version, tx.clock.now(), of):
                _begin(tx, Owing(version.notice, message.office.id, begin, of, Stands(start, version, None)), calendar)


def hold_owed(tx: Tx, notice: str) -> "Mapping[str, Row[Any]]":
    """What is owed for the notice so far, held against the stage; before anything is entered in the audit."""
    # The rows alone would not do: the stage decides what is owed before it holds them, and would reopen, by what it
    # read then, a duty that was met while it waited; and a row that is only about to begin cannot be held.
    tx.alone(NEWS)
    bring(tx)
    return _known(tx, [notice])


def meet(tx: Tx, notice: str, held: "Mapping[str, Row[Any]]", outlets: Outlets) -> None:
    """Meet what was ``held`` for a notice that has just become public: in its own transaction, for reminders that fell
    due meanwhile come before the stage hears of it."""
    for one in _owing(tx.connection, [notice], outlets) if held else ():
        if row := held.get(name_of(one.begin, notice, one.of)):
            _bring(tx, one, row, calendar_of(tx.connection, one.office))


def cancelled(tx: Tx, held: "Mapping[str, Row[Any]]", message: str) -> None:
    """Let go what was ``held`` for a notice that will never be public, since ``message`` was cancelled."""
    for row in held.values():
        if row.done_at is None:
            changes = {"done_at": tx.clock.now(), "how": "cancelled", "ended_by": message}
            _change(tx, row, changes, calendar_of(tx.connection, row.office))


def _owing(connection: Connection, notices: Sequence[str], outlets: Outlets) -> Iterator[Owing]:
    for told in histories(connection, notices, outlets):
        for begin in begins():
            for of in rows(begin, told.history):
                if found := stands(begin, told.history, of):
                    yield Owing(told.notice, told.office, begin, of, found)


def name_of(begin: Begin, notice: str, of: str = "") -> str:
    """The duty's own name: the same row and notice, and what it is ``of`` there, are the same duty."""
    parts = [begin.id, notice, *([of] if of else [])]
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:12]


def _known(tx: Tx, notices: Sequence[str]) -> "Mapping[str, Row[Any]]":
    """What stands of them already, held in one order before anything is entered in the audit."""
    wanted = select(duty).where(duty.c.notice.in_(notices), duty.c.begun.is_not(None)).order_by(duty.c.id)
    return {row.id: row for row in tx.connection.execute(wanted.with_for_update())}


def _bring(tx: Tx, one: Owing, row: "Row[Any] | None", calendar: Calendar) -> None:
    if row is None:
        _begin(tx, one, calendar)
    elif changes := _changes(one.stands, row):
        _change(tx, row, changes, calendar)


def _begin(tx: Tx, one: Owing, calendar: Calendar) -> None:
    rule = replace(one.begin.rule, source=one.begin.source)
    if one.of:
        rule = replace(rule, name=f"{rule.name}：{one.of}", name_en=f"{rule.name_en}: {one.of}")
    values = {
        "id": name_of(one.begin, one.notice, one.of),
        "office": one.office,
        "rule": json.dumps(asdict(rule), ensure_ascii=False),
        "pauses": "[]",
        "added_at": tx.clock.now(),
        "begun": one.begin.id,
        "notice": one.notice,
        **_said(one.stands),
        **counted_by(calendar, rule, one.stands.start, ()),
    }
    if one.begin.met is Met.TIME and values["done_at"] is None and values["ends_at"] <= tx.clock.now():
        values |= lapsed(values["ends_at"])  # it was over before anybody said it
    tx.connection.execute(insert(duty).values(values))
    if values["done_at"] is None:  # what the release itself met needs no reminder
        reminders.begin(tx, owed(tx.connection, values["id"]), calendar)
    detail = {name: values[name] for name in ("begun", "notice", "about", "section", "start", "last", "how")}
    _record(tx, one.office, values["id"], "duty.added", {**detail, "rule": rule.id, "by": values["ended_by"]})


def _said(found: Stands) -> dict[str, Any]:
    """The columns that come of what was said."""
    end = found.end
    return {
        "section": found.version.section,
        "about": found.version.title,
        "start": found.start,
        "done_at": end.at if end else None,
        "how": end.how if end else None,
        "ended_by": end.message if end else None,
    }


def _changes(found: Stands, row: "Row[Any]") -> dict[str, Any]:
    """What is otherwise now. A person's word that it was met holds until there is a later date to meet."""
    if row.done_at is not None and row.ended_by is None and found.start <= row.start:
        return {}
    return {name: value for name, value in _said(found).items() if value != getattr(row, name)}


def _change(tx: Tx, row: "Row[Any]", changes: dict[str, Any], calendar: Calendar) -> None:
    before = owed_in(row)
    counted: Mapping[str, Any] = {}
    if "start" in changes:
        counted = counted_by(calendar, before.rule, changes["start"], before.pauses)
    tx.connection.execute(update(duty).where(duty.c.id == row.id).values(**changes, **counted))
    if changes.keys() & {"start", "done_at"}:
        reminders.replan(tx, owed(tx.connection, row.id), calendar)
    was = {name: getattr(row, name) for name in (*changes, *(("last",) if counted else ()))}
    now = {name: {**changes, **counted}[name] for name in was}
    _record(tx, row.office, row.id, _act(changes), {"was": was, "now": now})


def _act(changes: Mapping[str, Any]) -> str:
    """The weightiest of what happened to it."""
    if "done_at" in changes and changes["done_at"] is None:
        return "duty.reopened"
    return "duty.done" if changes.get("done_at") else "duty.moved"


def _record(tx: Tx, office: str, name: str, act: str, detail: Mapping[str, Any]) -> None:
    audit.record(tx, office=office, who=WHO, act=act, subject=name, detail=_written(detail))


def _written(detail: Any) -> Any:
    """With instants as text."""
    if isinstance(detail, Mapping):
        return {name: _written(value) for name, value in detail.items()}
    return detail.isoformat() if isinstance(detail, datetime) else detail
