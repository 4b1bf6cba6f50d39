"""Decide: a person says what became of a send whose answer nobody saw. The program never guesses (decision 0004)."""

import json
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, select, update

from channels.base import DECIDED, Nature, Outcome
from streams import audit
from streams.admit import make_due
from streams.in_doubt import in_doubt
from streams.outlets import Outlets, endpoint_of
from streams.reached import ended
from streams.recipients import STATES
from streams.store.store import Tx
from streams.store.tables import delivery as deliveries
from streams.store.tables import endpoint, part, reached
from streams.tried import Tried, say_tried


class NotUnknown(Exception):
    """There is no such part, or it is known by now what became of it; the text is its name."""


class NotAgain(Exception):
    """The part ended before everybody in it was sent to, so nobody in it is sent to again; the text is its name."""


class Decision(StrEnum):
    """What a person found out."""

    ARRIVED = "arrived"  # it was taken
    LOST = "lost"  # it was not, and is left so
    AGAIN = "again"  # it was not, and is to be sent once more


_BECOMES = {
    Decision.ARRIVED: Outcome.ACCEPTED,
    Decision.LOST: Outcome.FAILED,
    Decision.AGAIN: Outcome.PLANNED,
}


def decide(tx: Tx, outlets: Outlets, delivery: str, number: int, decision: Decision, *, why: str, by: str) -> None:
    """Let an unknown part become what a person says; it is on record, with the reason. Raises ``NotUnknown``.

    Of a part for persons only some may be in doubt. Where its channel can tell which, a step of it applies the decision
    to those, and the rest of the part goes its way. Of a part that is over, it is for those in it who are in doubt;
    raises ``NotAgain`` when it is over and others in it were never sent to.
    """
    this = (part.c.delivery == delivery, part.c.number == number)
    row = tx.connection.execute(select(part).where(*this).with_for_update()).first()
    if row is not None and row.state != Outcome.UNKNOWN and (places := _in_doubt(tx, row)):
        _decide_of(tx, row, places, decision, why=why, by=by)
        return
    if row is None or row.state != Outcome.UNKNOWN or json.loads(row.scratch).get(DECIDED):
        raise NotUnknown(f"{delivery}.{number}")
    at = tx.connection.execute(select(endpoint).where(endpoint.c.id == row.endpoint)).one()
    now, step = tx.clock.now(), decision is not Decision.AGAIN and _has_a_step(tx, outlets, row, at)
    state = Outcome.UNKNOWN if step else _BECOMES[decision]
    goes_on = step or decision is Decision.AGAIN
    values = {"state": state, "cause": "" if goes_on else why, "due_at": now if goes_on else None, "tries": 0}
    if step or outlets.nature(endpoint_of(at)) is Nature.LOOKED_UP:  # which begins anew, or looks for ever in vain
        values["scratch"] = json.dumps({**json.loads(row.scratch), DECIDED: decision}, ensure_ascii=False)
    tx.connection.execute(update(part).where(*this).values(**values))
    if not step:
        say_tried(tx, (Tried(row, row.endpoint, state, row.step, row.attempts, why),))
    if goes_on:
        make_due(tx, {(row.endpoint, row.urgent)}, now)
    detail = {"delivery": delivery, "part": number, "endpoint": row.endpoint, "decision": decision, "why": why}
    audit.record(tx, office=at.office, who=by, act="unknown.decided", subject=row.subject, detail=detail)


def _has_a_step(tx: Tx, outlets: Outlets, row: "Row[Any]", at: "Row[Any]") -> bool:
    audience = tx.connection.execute(select(deliveries.c.audience).where(deliveries.c.id == row.delivery)).scalar_one()
    return audience is not None and outlets.looks_up_after(endpoint_of(at)) is not None


def _in_doubt(tx: Tx, row: "Row[Any]") -> list[int]:
    """The places of who is in doubt in a part that is over."""
    these = in_doubt().where(part.c.delivery == row.delivery, part.c.number == row.number)
    return [one.place for one in tx.connection.execute(these.order_by(reached.c.place))]


def _decide_of(tx: Tx, row: "Row[Any]", places: list[int], decision: Decision, *, why: str, by: str) -> None:
    """Apply it to some persons of a part that is over: the others have what they have.

    A receipt that came in the meantime holds, and one that comes later still does: it says more than a person can.
    """
    if decision is Decision.AGAIN and row.state != Outcome.ACCEPTED:
        raise NotAgain(f"{row.delivery}.{row.number}")  # it would go to those as well whom it was stopped for
    now = tx.clock.now()
    these = (part.c.delivery == row.delivery, part.c.number == row.number)
    theirs = (
        reached.c.delivery == row.delivery,
        reached.c.place.between(places[0], places[-1]),
        reached.c.state == Outcome.UNKNOWN,
    )
    if decision is Decision.AGAIN:  # of whom nothing is written down is sent to
        found = tx.connection.execute(delete(reached).where(*theirs)).rowcount
        state = Outcome.PLANNED
        values = {"state": state, "cause": "", "due_at": now, "tries": 0}
    else:
        said = update(reached).where(*theirs).values(state=_BECOMES[decision], cause=why)
        found = tx.connection.execute(said).rowcount
        of_part = {"of_delivery": row.delivery, "of_number": row.number}
        states = {Outcome(one) for one in tx.connection.execute(STATES, of_part).scalars()}
        state = ended(states) if row.state == Outcome.ACCEPTED else Outcome(row.state)
        values = {"state": state}
    tx.connection.execute(update(part).where(*these).values(**values))
    if decision is Decision.AGAIN:
        make_due(tx, {(row.endpoint, row.urgent)}, now)
    else:
        say_tried(tx, (Tried(row, row.endpoint, state, row.step, row.attempts, why),))
    office = tx.connection.execute(select(endpoint.c.office).where(endpoint.c.id == row.endpoint)).scalar_one()
    detail = {"delivery": row.delivery, "part": row.number, "endpoint": row.endpoint, "decision": decision, "why": why}
    detail["recipients"] = found
    audit.record(tx, office=office, who=by, act="unknown.decided", subject=row.subject, detail=detail)
