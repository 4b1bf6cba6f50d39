"""Triggers: planned instants, each a row; what is due is found here, and firing one twice is one event.

A row is planned, and ends as fired, refused or cancelled. One that cannot fire yet is looked at again later: what it
waits for stands as its cause. The scheduler only wakes; nothing is kept anywhere but here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, literal_column, select, update

from streams import audit
from streams.store.store import Tx
from streams.store.tables import trigger as table

AGAIN = timedelta(seconds=60)  # after it failed for a cause of our own


class State(StrEnum):
    """What became of a trigger."""

    PLANNED = "planned"
    FIRED = "fired"
    REFUSED = "refused"  # its instant came, and what it was to do could not be done: a person decides
    CANCELLED = "cancelled"


class NotPlanned(Exception):
    """There is no such trigger, or it is not planned (any more); the text is its name."""


@dataclass(frozen=True)
class Trigger:
    """One planned instant. ``id`` says what it is for, so that planning it twice is one."""

    id: str
    office: str
    act: str  # what is done: a name among the scheduler's acts
    subject: str  # the notice or other thing it is about
    due_at: datetime
    detail: Mapping[str, Any]
    state: State = State.PLANNED
    look_at: datetime | None = None  # when it is looked at next
    ended_at: datetime | None = None
    cause: str = ""  # why it waits, was refused or cancelled


def plan(tx: Tx, one: Trigger) -> bool:
    """Plan it; False when it had been planned before, and nothing was changed."""
    return tx.connection.execute(tx.insert_or_ignore(table), _values(tx, one)).rowcount == 1


def plan_all(tx: Tx, several: Sequence[Trigger]) -> None:
    """Plan each of them that had not been planned before, in one statement."""
    if several:
        tx.connection.execute(tx.insert_or_ignore(table), [_values(tx, one) for one in several])


def _values(tx: Tx, one: Trigger) -> dict[str, object]:
    return {
        "id": one.id,
        "office": one.office,
        "act": one.act,
        "subject": one.subject,
        "due_at": one.due_at,
        "look_at": one.due_at,
        "detail": json.dumps(one.detail, ensure_ascii=False),
        "state": State.PLANNED,
        "cause": "",
        "planned_at": tx.clock.now(),
    }


# the index holds what is planned: said as a value of its own, no plan could use it
PLANNED = table.c.state == literal_column("'planned'")
IS_DUE = (PLANNED, table.c.look_at <= bindparam("now"), table.c.act.in_(bindparam("acts", expanding=True)))
DUE = select(table).where(*IS_DUE).order_by(table.c.due_at, table.c.id).limit(bindparam("most"))
HOW_MANY = select(func.count()).select_from(table).where(*IS_DUE)
NEXT = select(func.min(table.c.look_at)).where(PLANNED)
CLAIM = select(table).where(table.c.id == bindparam("of"), PLANNED)


def due(connection: Connection, now: datetime, acts: Sequence[str], most: int) -> list[Trigger]:
    """The ``most`` that are due first, of those that do one of ``acts``."""
    return [_trigger(row) for row in connection.execute(DUE, {"now": now, "acts": acts, "most": most})]


def how_many_are_due(connection: Connection, now: datetime, acts: Sequence[str]) -> int:
    """How many are due of those that do one of ``acts``."""
    return int(connection.execute(HOW_MANY, {"now": now, "acts": acts}).scalar_one())


def next_look(connection: Connection) -> datetime | None:
    """When one is due next; None where none is planned."""
    return connection.execute(NEXT).scalar()


def claim(tx: Tx, name: str) -> Trigger | None:
    """The trigger, held until the transaction ends, if it is still planned and due; another scheduler may have it."""
    row = tx.connection.execute(CLAIM.with_for_update(skip_locked=True), {"of": name}).first()
    return _trigger(row) if row is not None and row.look_at <= tx.clock.now() else None


def fired(tx: Tx, name: str) -> None:
    """What it was for is done, in this transaction."""
    _end(tx, name, State.FIRED, "")


def refused(tx: Tx, one: Trigger, cause: str) -> None:
    """Its instant came, and what it was to do must not be done; that is on record."""
    _end(tx, one.id, State.REFUSED, cause)
    audit.record(
        tx, office=one.office, who="gongkai", act="trigger.refused", subject=one.subject, detail=_said(one, cause)
    )


def let_go(tx: Tx, name: str, cause: str) -> None:
    """What it was for is not wanted any more, for ``cause``."""
    _end(tx, name, State.CANCELLED, cause)


def dropped(tx: Tx, one: Trigger, cause: str) -> None:
    """Its instant came, and nobody needs it, or it reaches nobody; that is on record."""
    _end(tx, one.id, State.CANCELLED, cause)
    audit.record(
        tx, office=one.office, who="gongkai", act="trigger.dropped", subject=one.subject, detail=_said(one, cause)
    )


def again(tx: Tx, name: str) -> None:
    """What it was let go for is wanted after all, at its own instant."""
    values = {"state": State.PLANNED, "look_at": table.c.due_at, "ended_at": None, "cause": ""}
    tx.connection.execute(update(table).where(table.c.id == name, table.c.state == State.CANCELLED).values(values))


def held(tx: Tx, act: str, subject: str) -> list[Trigger]:
    """Every trigger of a subject that does ``act``, held; those that are being fired at this moment are left out."""
    wanted = select(table).where(table.c.subject == subject, table.c.act == act).order_by(table.c.id)
    return [_trigger(row) for row in tx.connection.execute(wanted.with_for_update(skip_locked=True))]


def wait(tx: Tx, name: str, until: datetime, cause: str) -> None:
    """It cannot fire yet, for ``cause``; look at it again at ``until``."""
    still = (table.c.id == name, table.c.state == State.PLANNED)  # another scheduler may have fired it meanwhile
    tx.connection.execute(update(table).where(*still).values(look_at=until, cause=cause))


def came_to(tx: Tx, one: Trigger, **more: object) -> None:
    """Note in its detail how far it came; it stays due."""
    still = (table.c.id == one.id, table.c.state == State.PLANNED)
    detail = json.dumps({**one.detail, **more}, ensure_ascii=False)
    tx.connection.execute(update(table).where(*still).values(detail=detail))


def cancel(tx: Tx, name: str, *, by: str, why: str) -> Trigger:
    """A person takes it back, planned or refused. Raises ``NotPlanned``."""
    found = _open(tx, name)
    _end(tx, name, State.CANCELLED, why)
    audit.record(
        tx, office=found.office, who=by, act="trigger.cancelled", subject=found.subject, detail=_said(found, why)
    )
    return found


def retry(tx: Tx, name: str, *, by: str, more: Mapping[str, Any]) -> Trigger:
    """A person has done what it was refused for: it is looked at at once, with ``more`` in its detail.

    Raises ``NotPlanned``.
    """
    found, now = _open(tx, name), tx.clock.now()
    detail = json.dumps({**found.detail, **more}, ensure_ascii=False)
    values = {
        "state": State.PLANNED,
        "look_at": max(now, found.due_at),
        "ended_at": None,
        "cause": "",
        "detail": detail,
    }
    tx.connection.execute(update(table).where(table.c.id == name).values(values))
    audit.record(tx, office=found.office, who=by, act="trigger.retried", subject=found.subject, detail=_said(found, ""))
    return found


def of_subjects(connection: Connection, subjects: Sequence[str]) -> list[Trigger]:
    """Every trigger of these notices or other things, the earliest first."""
    wanted = select(table).where(table.c.subject.in_(subjects)).order_by(table.c.due_at, table.c.id)
    return [_trigger(row) for row in connection.execute(wanted)]


def listed(
    connection: Connection, offices: Sequence[str], acts: Sequence[str], *, ended: bool, most: int
) -> list[Trigger]:
    """The ``most`` first of ``acts`` that wait for their instant or for a person; of those that ended, the last."""
    open_ones = table.c.state.in_((State.PLANNED, State.REFUSED))
    which = (table.c.office.in_(offices), table.c.act.in_(acts), ~open_ones if ended else open_ones)
    wanted = select(table).where(*which).limit(most)
    order = (table.c.ended_at.desc(), table.c.id) if ended else (table.c.due_at, table.c.id)
    return [_trigger(row) for row in connection.execute(wanted.order_by(*order))]


def _open(tx: Tx, name: str) -> Trigger:
    row = tx.connection.execute(select(table).where(table.c.id == name).with_for_update()).first()
    if row is None or row.state not in (State.PLANNED, State.REFUSED):
        raise NotPlanned(name)
    return _trigger(row)


def _end(tx: Tx, name: str, state: State, cause: str) -> None:
    values = {"state": state, "ended_at": tx.clock.now(), "cause": cause}
    tx.connection.execute(update(table).where(table.c.id == name).values(values))


def _said(one: Trigger, cause: str) -> dict[str, object]:
    return {"trigger": one.id, "act": one.act, "due_at": one.due_at.isoformat(), "cause": cause}


def _trigger(row: "Row[Any]") -> Trigger:
    return Trigger(
        row.id,
        row.office,
        row.act,
        row.subject,
        row.due_at,
        json.loads(row.detail),
        State(row.state),
        row.look_at,
        row.ended_at,
        row.cause,
    )
