"""Decide: a person says what became of a send whose answer nobody saw. The program never guesses (decision 0004)."""

from enum import StrEnum

from sqlalchemy import select, update

from channels.base import Outcome
from streams import audit
from streams.admit import make_due
from streams.store.store import Tx
from streams.store.tables import endpoint, part
from streams.tried import Tried, say_tried


class NotUnknown(Exception):
    """There is no such part, or it is known by now what became of it; the text is its name."""


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


def decide(tx: Tx, delivery: str, number: int, decision: Decision, *, why: str, by: str) -> None:
    """Let an unknown part become what a person says; it is on record, with the reason. Raises ``NotUnknown``."""
    this = (part.c.delivery == delivery, part.c.number == number)
    row = tx.connection.execute(
        select(part, endpoint.c.office).join(endpoint, endpoint.c.id == part.c.endpoint).where(*this).with_for_update()
    ).first()
    if row is None or row.state != Outcome.UNKNOWN:
        raise NotUnknown(f"{delivery}.{number}")
    state, now = _BECOMES[decision], tx.clock.now()
    again = decision is Decision.AGAIN
    values = {"state": state, "cause": "" if again else why, "due_at": now if again else None, "tries": 0}
    tx.connection.execute(update(part).where(*this).values(**values))
    say_tried(tx, (Tried(row, row.endpoint, state, row.step, row.attempts, why),))
    if again:
        make_due(tx, {(row.endpoint, row.urgent)}, now)
    detail = {"delivery": delivery, "part": number, "endpoint": row.endpoint, "decision": decision, "why": why}
    audit.record(tx, office=row.office, who=by, act="unknown.decided", subject=row.subject, detail=detail)
