"""Settle: the outcomes of the parts become the state of the delivery."""

from sqlalchemy import select, update

from channels.base import Outcome
from streams.events import DeliveryTried, Event
from streams.fold import ENDED, counted, fold
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import delivery, part


def settle(tx: Tx, cause: Event, outlets: Outlets) -> None:
    """Fold anew from the parts themselves: events in any order, any number of times, end in the same state."""
    tried = cause.data
    assert isinstance(tried, DeliveryTried)
    refold(tx, tried.delivery)


def refold(tx: Tx, of: str) -> None:
    """Bring the delivery's state in step with its parts."""
    rows = tx.connection.execute(
        select(part.c.state, part.c.cause).where(part.c.delivery == of).order_by(part.c.number)
    ).all()
    outcomes = [Outcome(row.state) for row in rows]
    state = fold(outcomes)
    why = counted(outcomes) or next((row.cause for row in rows if row.cause), "")
    settled = tx.clock.now() if state in ENDED else None
    tx.connection.execute(
        update(delivery).where(delivery.c.id == of).values(state=state, cause=why, settled_at=settled)
    )
