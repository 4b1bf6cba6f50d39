"""Admit: a planned delivery takes its place in its lane, in as many parts as its channel sends it in."""

from datetime import datetime

from sqlalchemy import select, update

from channels.base import Outcome
from streams.events import DeliveryPlanned, Event
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, lane, message, part


def admit(tx: Tx, cause: Event, outlets: Outlets) -> None:
    """Write the delivery's parts and make its lane due."""
    planned = cause.data
    assert isinstance(planned, DeliveryPlanned)
    connection, now = tx.connection, tx.clock.now()
    row = connection.execute(
        select(delivery, message.c.expires_at, endpoint.c.state.label("endpoint_state"), endpoint.c.reason)
        .join(message, message.c.id == delivery.c.message)
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .where(delivery.c.id == planned.delivery)
    ).one()
    open_for_business = row.endpoint_state == "enabled" and row.rendition != ""
    why = "" if open_for_business else row.reason or "no rendition was approved for this endpoint"
    connection.execute(
        tx.insert_or_ignore(part),
        [
            {
                "delivery": row.id,
                "number": number,
                "endpoint": row.endpoint,
                "urgent": row.urgent,
                "sequence": row.sequence,
                "subject": row.subject,
                "subject_sequence": row.subject_sequence,
                "state": Outcome.PLANNED if open_for_business else Outcome.PARKED,
                "step": "",
                "tries": 0,
                "attempts": 0,
                "recoveries": 0,
                "due_at": now if open_for_business else None,
                "expires_at": row.expires_at,
                "scratch": "{}",
                "reference": "",
                "cause": why,
            }
            for number in range(row.parts)
        ],
    )
    if open_for_business:
        make_due(tx, row.endpoint, row.urgent, now)
    else:
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(state=Outcome.PARKED, cause=why))


def make_due(tx: Tx, of: str, urgent: bool, at: datetime) -> None:
    """Let somebody look at the lane at ``at``, or earlier if that was the plan."""
    new = {"endpoint": of, "urgent": urgent, "failures": 0, "probes": 0, "window": 64, "due_at": at}
    if tx.connection.execute(tx.insert_or_ignore(lane), new).rowcount == 1:
        return
    mine = (lane.c.endpoint == of) & (lane.c.urgent == urgent)
    later = lane.c.due_at.is_(None) | (lane.c.due_at > at)
    # an open breaker keeps its own time: what arrives meanwhile must not probe the outlet more often
    tx.connection.execute(update(lane).where(mine, later, lane.c.opened_at.is_(None)).values(due_at=at))
