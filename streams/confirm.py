"""Confirm: a person says that what lay ready for people was done, and where. Nobody else can say so (promise 5)."""

from sqlalchemy import select, update

from channels.base import Nature, Outcome
from config.messages import say
from streams import audit
from streams.outlets import Outlets, endpoint_of
from streams.store.store import Tx
from streams.store.tables import endpoint, part
from streams.tried import Tried, say_tried

ACT = "notice.done"  # in the audit


class NotReady(Exception):
    """Nothing of this delivery waits for a person; the text is its name."""


def confirm(tx: Tx, outlets: Outlets, delivery: str, *, where: str, by: str) -> None:
    """Let what was *accepted* at a wall be *delivered*; it is on record, with the place. Raises ``NotReady``."""
    of = part.c.delivery == delivery
    rows = tx.connection.execute(select(part).where(of).order_by(part.c.number).with_for_update()).all()
    if not rows or any(row.state != Outcome.ACCEPTED for row in rows):
        raise NotReady(delivery)
    at = tx.connection.execute(select(endpoint).where(endpoint.c.id == rows[0].endpoint)).one()
    if outlets.nature(endpoint_of(at)) is not Nature.HUMAN:
        raise NotReady(delivery)
    told = say("outcome.confirmed", where=where, who=by)
    tx.connection.execute(update(part).where(of).values(state=Outcome.DELIVERED, cause=told))
    say_tried(tx, (Tried(row, at.id, Outcome.DELIVERED, row.step, row.attempts, told) for row in rows))
    detail = {"delivery": delivery, "endpoint": at.id, "where": where}
    audit.record(tx, office=at.office, who=by, act=ACT, subject=rows[0].subject, detail=detail)
