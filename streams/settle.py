"""Settle: the outcomes of the parts become the state of the delivery."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from channels.base import Outcome
from streams.events import DeliveryTried, Event
from streams.fold import ENDED, counted, fold
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import delivery, part

LOCK = (
    select(delivery.c.id)
    .where(delivery.c.id.in_(bindparam("of", expanding=True)))
    .order_by(delivery.c.id)
    .with_for_update()
)
SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("of"))
    .values(state=bindparam("to"), cause=bindparam("why"), settled_at=bindparam("at"))
)


def settle(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Fold anew from the parts themselves: events in any order, any number of times, end in the same state."""
    tried = {event.data.delivery for event in events if isinstance(event.data, DeliveryTried)}
    tx.connection.execute(LOCK, {"of": sorted(tried)})  # what is folded below is not older than what another wrote
    found = defaultdict(list)
    for row in tx.connection.execute(
        select(part.c.delivery, part.c.state, part.c.cause)
        .where(part.c.delivery.in_(sorted(tried)))
        .order_by(part.c.delivery, part.c.number)
    ):
        found[row.delivery].append(row)
    settled = []
    for name, rows in found.items():
        outcomes = [Outcome(row.state) for row in rows]
        state = fold(outcomes)
        why = counted(outcomes) or next((row.cause for row in rows if row.cause), "")
        at = tx.clock.now() if state in ENDED else None
        settled.append({"of": name, "to": state, "why": why, "at": at})
    if settled:
        tx.connection.execute(SETTLE, settled)
