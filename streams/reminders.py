"""The reminders of a duty: triggers that follow it, planned anew in the transaction of whatever changes it.

A trigger's name says the duty, whom it is for and the instant, so planning twice is one. What is not wanted any more is
let go; what is wanted again comes back, while its instant is still to come.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from config.clock import wall
from config.messages import say
from notices.begins import by_time
from notices.calendar.calendar import Calendar
from notices.reminders import Counted, Reminder, Rung, next_morning, reminders
from streams import triggers
from streams.calendars import calendar_of
from streams.store.store import Tx
from streams.store.tables import audit
from streams.store.tables import duty as duties
from streams.triggers import State, Trigger

if TYPE_CHECKING:
    from streams.duties import Owed

REMIND = "remind"  # the act's name
MOVED = "moved"  # in place of a row: the calendar gave it another day
REMINDED = "duty.reminded"  # in the audit


@dataclass(frozen=True)
class Told:
    """One reminder that was said: to whom by name, at which endpoints, in which message."""

    duty: str
    at: datetime
    who: str  # who let it go: the program, or the person who asked for it
    to: Rung
    persons: tuple[str, ...]
    endpoints: tuple[str, ...]
    message: str


def begin(tx: Tx, owed: "Owed", calendar: Calendar) -> None:
    """Plan the reminders of a duty that has just been written down."""
    if owed.done_at is None:
        now = tx.clock.now()
        triggers.plan_all(tx, [one for one in _wanted(owed, calendar).values() if one.due_at > now])


def replan(tx: Tx, owed: "Owed", calendar: Calendar | None = None) -> None:
    """Plan its reminders as it stands now; ``calendar`` saves a question where it is the one it was counted by."""
    wanted: dict[str, Trigger] = {}
    if owed.done_at is None and owed.ends_at is not None:
        wanted = _wanted(owed, _of(tx.connection, owed, calendar))
    now, there = tx.clock.now(), {one.id: one for one in triggers.held(tx, REMIND, owed.id)}
    for one in there.values():
        if one.state is State.PLANNED and one.id not in wanted and not _says_its_day(one, owed):
            triggers.let_go(tx, one.id, say("schedule.not_wanted"))
        elif one.state is State.CANCELLED and one.id in wanted and one.due_at > now:
            triggers.again(tx, one.id)
    triggers.plan_all(tx, [one for one in wanted.values() if one.id not in there and one.due_at > now])


def tell_moved(tx: Tx, owed: "Owed", was: date | None, calendar: Calendar) -> None:
    """Let whoever owes it hear, the next working morning, that the calendar gave it another day."""
    if owed.last is None or owed.done_at is not None:
        return
    at = next_morning(tx.clock.now(), calendar)
    detail = {"to": Rung.OWNER, "row": MOVED, "last": owed.last.isoformat(), "was": was and was.isoformat()}
    triggers.plan(tx, _trigger(owed, f"{MOVED}-{owed.last}", at, detail))


def is_wanted(connection: Connection, owed: "Owed", one: Trigger, now: datetime) -> bool:
    """Whether the duty, as it stands at ``now``, has this reminder."""
    if owed.done_at is not None or owed.ends_at is None or owed.is_over(now):
        return False
    return _says_its_day(one, owed) or one.id in _wanted(owed, _of(connection, owed, None))


def planned(connection: Connection, names: Iterable[str]) -> dict[str, list[Trigger]]:
    """The reminders of each duty that are still to come, the next first."""
    found: dict[str, list[Trigger]] = {}
    for one in triggers.of_subjects(connection, list(names)):
        if one.act == REMIND and one.state is State.PLANNED:
            found.setdefault(one.subject, []).append(one)
    return found


def overtakes(connection: Connection, one: Trigger, now: datetime) -> list[Trigger]:
    """What of the same duty fell due after ``one`` did, and was not let go."""
    found = triggers.of_subjects(connection, [one.subject])
    alive = [other for other in found if other.act == REMIND and other.state in (State.PLANNED, State.FIRED)]
    return [other for other in alive if one.due_at < other.due_at <= now and other.detail["row"] != MOVED]


def told(connection: Connection, names: Sequence[str]) -> dict[str, list[Told]]:
    """What was said of each duty, the oldest first."""
    wanted = select(audit).where(audit.c.subject.in_(names), audit.c.act == REMINDED)
    found: dict[str, list[Told]] = {}
    for row in connection.execute(wanted.order_by(audit.c.at, audit.c.number)):
        said: dict[str, Any] = json.loads(row.detail)
        persons, endpoints = tuple(said["persons"]), tuple(said["endpoints"])
        one = Told(row.subject, row.at, row.who, Rung(said["to"]), persons, endpoints, said["message"])
        found.setdefault(row.subject, []).append(one)
    return found


def is_open(tx: Tx, duty: str) -> bool:
    """Whether nothing is in the way of a reminder yet, looked at in the transaction that says it."""
    wanted = select(duties.c.id).where(duties.c.id == duty, duties.c.done_at.is_(None))
    return tx.connection.execute(wanted).first() is not None


def _of(connection: Connection, owed: "Owed", calendar: Calendar | None) -> Calendar:
    """The one that it was counted by."""
    if calendar is not None and calendar.edition == owed.edition:
        return calendar
    return calendar_of(connection, owed.office, owed.edition)


def _wanted(owed: "Owed", calendar: Calendar) -> dict[str, Trigger]:
    if owed.last is None or owed.ends_at is None:
        return {}
    counted, ends_by_itself = Counted(owed.rule, owed.start, owed.last, owed.ends_at), owed.begun in by_time()
    found = [_planned(owed, one) for one in reminders(counted, calendar) if not ends_by_itself or one.at < owed.ends_at]
    return {one.id: one for one in found}


def _planned(owed: "Owed", one: Reminder) -> Trigger:
    return _trigger(owed, one.to, one.at, {"to": one.to, "row": one.row})


def _trigger(owed: "Owed", what: str, at: datetime, detail: dict[str, Any]) -> Trigger:
    name = f"{REMIND}/{owed.id}/{what}/{wall(at):%Y-%m-%dT%H:%M:%S}"
    return Trigger(name, owed.office, REMIND, owed.id, at, detail)


def _says_its_day(one: Trigger, owed: "Owed") -> bool:
    """Of a move: whether it ended where the duty ends now."""
    return one.detail["row"] == MOVED and owed.last is not None and one.detail["last"] == owed.last.isoformat()
