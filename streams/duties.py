"""What an office owes by a day: begun by an event or a person, counted by a rule, met or fallen away.

A duty keeps its rule, its start, its pauses and the edition of the calendar it was counted by: the same four give
the same day again. When the calendar has news, what is open is counted anew, and what moved is on record.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from config.messages import say
from notices.begins import by_time
from notices.calendar.calendar import Calendar
from notices.calendar.term import Pause, Rule, Standing, Unit, count
from streams import audit, reminders
from streams.calendars import NEWS, calendar_of
from streams.store.store import Tx
from streams.store.tables import duty as table
from streams.store.tables import notice as notices

AN_INSTANT = timedelta(microseconds=1)  # what ends with its term is not late by one
WITH_NUMBER = select(table, notices.c.index_number).outerjoin(notices, notices.c.id == table.c.notice)


class NotOwed(Exception):
    """There is no such duty, or it is not open any more; the text is its name."""


class NotInThisState(Exception):
    """A duty that stands still is paused again, or one that runs resumed, or the days are the wrong way round."""


@dataclass(frozen=True)
class Owed:
    """One duty as it stands."""

    id: str
    office: str
    section: str
    about: str
    rule: Rule
    start: datetime
    pauses: tuple[Pause, ...]
    edition: int
    last: date | None  # None while it stands still
    ends_at: datetime | None
    provisional: bool
    done_at: datetime | None
    how: str | None  # a person's words; of what a message ended: met | withdrawn | dropped | cancelled
    begun: str | None = None  # the row of config/begins.toml; None: a person began it
    notice: str | None = None  # what it is of
    index_number: str | None = None  # of the notice
    ended_by: str | None = None  # the message that ended it; None: a person did

    @property
    def ended_by_notice(self) -> str | None:
        """The notice whose message ended it."""
        return self.ended_by and self.ended_by.rpartition(".")[0]

    @property
    def is_late(self) -> bool:
        """True when it was met after its day."""
        fell = self.ended_by is not None and self.how != "met"
        return bool(self.done_at and self.ends_at and not fell and self.done_at >= self.ends_at)

    def is_over(self, now: datetime) -> bool:
        """True when it ended with its term, written down or not yet: nobody is late with it."""
        return self.begun in by_time() and self.ends_at is not None and self.ends_at <= now

    @property
    def stands(self) -> bool:
        """True while a pause of it goes on."""
        return any(pause.last is None for pause in self.pauses)


@dataclass(frozen=True)
class Moved:
    """A duty whose day is another since the calendar had news."""

    owed: Owed
    was: date | None


def add(tx: Tx, rule: Rule, start: datetime, *, office: str, section: str, about: str, by: str) -> Owed:
    """Owe it from now on."""
    tx.alone(NEWS)
    return enter(tx, secrets.token_hex(4), rule, start, office=office, section=section, about=about, by=by)


def enter(
    tx: Tx,
    name: str,
    rule: Rule,
    start: datetime,
    *,
    office: str,
    section: str,
    about: str,
    by: str,
    begun: Mapping[str, str] | None = None,
    **more: object,
) -> Owed:
    """Owe it under a name of its own. ``begun``: by which row and notice; ``more`` is for the audit alone."""
    calendar, begun = calendar_of(tx.connection, office), begun or {}
    counted = counted_by(calendar, rule, start, ())
    values = {
        "id": name,
        "office": office,
        "section": section,
        "about": about,
        "rule": json.dumps(asdict(rule), ensure_ascii=False),
        "start": start,
        "pauses": "[]",
        "added_at": tx.clock.now(),
        **begun,
        **counted,
    }
    tx.connection.execute(insert(table).values(values))
    detail = {"rule": rule.id, "about": about, "section": section, "start": start.isoformat(), "last": counted["last"]}
    made = owed(tx.connection, name)
    reminders.begin(tx, made, calendar)
    audit.record(tx, office=office, who=by, act="duty.added", subject=name, detail={**detail, **begun, **more})
    return made


def pause(tx: Tx, name: str, first: date, *, why: str, by: str) -> Owed:
    """Let it stand still from ``first`` on. Raises ``NotOwed`` or ``NotInThisState``."""
    tx.alone(NEWS)
    found = _open(tx, name)
    if found.stands or any(one.has(first) for one in found.pauses) or not found.rule.pauses:
        raise NotInThisState(name)
    return _with_pauses(tx, found, [*found.pauses, Pause(first, None)], act="duty.paused", why=why, by=by)


def resume(tx: Tx, name: str, last: date, *, why: str, by: str) -> Owed:
    """Let it run again after ``last``, the last day that does not count. Raises ``NotOwed`` or ``NotInThisState``."""
    tx.alone(NEWS)
    found = _open(tx, name)
    if not found.stands or last < found.pauses[-1].first:
        raise NotInThisState(name)
    pauses = [*found.pauses[:-1], Pause(found.pauses[-1].first, last)]
    return _with_pauses(tx, found, pauses, act="duty.resumed", why=why, by=by)


def done(tx: Tx, name: str, *, how: str, by: str) -> Owed:
    """It was met, or fell away: ``how`` says which. Raises ``NotOwed``."""
    found = _open(tx, name)
    tx.connection.execute(update(table).where(table.c.id == name).values(done_at=tx.clock.now(), how=how))
    closed = owed(tx.connection, name)
    reminders.replan(tx, closed)
    audit.record(tx, office=found.office, who=by, act="duty.done", subject=name, detail={"how": how})
    return closed


def recount(tx: Tx, office: str) -> list[Moved]:
    """Count anew whatever is open and was counted by an older calendar; what moved by that."""
    calendar = calendar_of(tx.connection, office)
    stale = select(table).where(table.c.office == office, table.c.done_at.is_(None), table.c.edition < calendar.edition)
    moved = []
    for row in tx.connection.execute(stale.order_by(table.c.id).with_for_update()).all():
        before = owed_in(row)
        counted = counted_by(calendar, before.rule, before.start, before.pauses)
        tx.connection.execute(update(table).where(table.c.id == before.id).values(counted))
        after = owed(tx.connection, before.id)
        reminders.replan(tx, after, calendar)
        if after.ends_at != before.ends_at:
            reminders.tell_moved(tx, after, before.last, calendar)
            detail = {"was": row.last, "last": counted["last"], "edition": calendar.edition}
            audit.record(tx, office=office, who="gongkai", act="duty.recounted", subject=before.id, detail=detail)
            moved.append(Moved(after, before.last))
    return moved


def lapse(tx: Tx, office: str) -> None:
    """End what ends with its term, where that is over. A later text that names a later day opens it again."""
    over = (table.c.done_at.is_(None), table.c.ends_at <= tx.clock.now(), table.c.begun.in_(by_time()))
    wanted = select(table).where(table.c.office == office, *over).order_by(table.c.id)
    for row in tx.connection.execute(wanted.with_for_update()).all():
        ended = lapsed(row.ends_at)
        tx.connection.execute(update(table).where(table.c.id == row.id).values(ended))
        reminders.replan(tx, owed(tx.connection, row.id))
        audit.record(tx, office=office, who="gongkai", act="duty.done", subject=row.id, detail={"how": ended["how"]})


def lapsed(ends_at: datetime) -> dict[str, Any]:
    """The columns of one that ended with its term."""
    return {"done_at": ends_at - AN_INSTANT, "how": say("due.lapsed", "zh")}


def plan_reminders(tx: Tx, office: str) -> None:
    """Plan what is still to come for whatever the office owes, by the rows as they are: an upgrade may bring others."""
    calendar = calendar_of(tx.connection, office)
    for one in open_duties(tx.connection, office):
        reminders.replan(tx, one, calendar)


def duties_of(connection: Connection, notice: str) -> list[Owed]:
    """What was ever owed for the notice: what is open by its day, then what is not, in the order it ended."""
    order = (table.c.done_at.is_not(None), table.c.done_at, table.c.ends_at, table.c.id)
    return [owed_in(row) for row in connection.execute(WITH_NUMBER.where(table.c.notice == notice).order_by(*order))]


def open_duties(connection: Connection, office: str) -> list[Owed]:
    """What the office owes, most urgent first; what stands still comes last."""
    wanted = WITH_NUMBER.where(table.c.office == office, table.c.done_at.is_(None))
    order = (table.c.ends_at.is_(None), table.c.ends_at, table.c.id)
    return [owed_in(row) for row in connection.execute(wanted.order_by(*order))]


def closed_duties(connection: Connection, office: str, most: int) -> list[Owed]:
    """The ``most`` that were met or fell away last, newest first."""
    wanted = WITH_NUMBER.where(table.c.office == office, table.c.done_at.is_not(None))
    return [owed_in(row) for row in connection.execute(wanted.order_by(table.c.done_at.desc(), table.c.id).limit(most))]


def owed(connection: Connection, name: str) -> Owed:
    """The duty of that name. Raises ``NotOwed``."""
    row = connection.execute(WITH_NUMBER.where(table.c.id == name)).first()
    if row is None:
        raise NotOwed(name)
    return owed_in(row)


def _open(tx: Tx, name: str) -> Owed:
    row = tx.connection.execute(select(table).where(table.c.id == name).with_for_update()).first()
    if row is None or row.done_at is not None:
        raise NotOwed(name)
    return owed_in(row)


def _with_pauses(tx: Tx, found: Owed, pauses: Sequence[Pause], *, act: str, why: str, by: str) -> Owed:
    calendar = calendar_of(tx.connection, found.office)
    counted = counted_by(calendar, found.rule, found.start, pauses)
    written = json.dumps([[one.first.isoformat(), one.last and one.last.isoformat()] for one in pauses])
    tx.connection.execute(update(table).where(table.c.id == found.id).values(pauses=written, **counted))
    after = owed(tx.connection, found.id)
    reminders.replan(tx, after, calendar)
    detail = {"pauses": json.loads(written), "why": why, "last": counted["last"]}
    audit.record(tx, office=found.office, who=by, act=act, subject=found.id, detail=detail)
    return after


def counted_by(calendar: Calendar, rule: Rule, start: datetime, pauses: Sequence[Pause]) -> Mapping[str, Any]:
    """The columns that come of counting."""
    try:
        term = count(rule, start, calendar, pauses)
    except Standing:
        return {"edition": calendar.edition, "last": None, "ends_at": None, "provisional": False}
    return {
        "edition": calendar.edition,
        "last": term.last.isoformat(),
        "ends_at": term.ends_at,
        "provisional": term.provisional,
    }


def owed_in(row: "Row[Any]") -> Owed:
    """The duty in a row of its table, with the index number of its notice where the row has it."""
    rule = json.loads(row.rule)
    pauses = [
        Pause(date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for first, last in json.loads(row.pauses)
    ]
    return Owed(
        row.id,
        row.office,
        row.section,
        row.about,
        Rule(**{**rule, "unit": Unit(rule["unit"])}),
        row.start,
        tuple(pauses),
        row.edition,
        date.fromisoformat(row.last) if row.last else None,
        row.ends_at,
        row.provisional,
        row.done_at,
        row.how,
        row.begun,
        row.notice,
        getattr(row, "index_number", None),
        row.ended_by,
    )
