"""Admit: planned deliveries take their places in their lanes, in as many parts as their channels send them in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, tuple_, update

from channels.base import Outcome
from streams.breaker import WIDE
from streams.events import DeliveryPlanned, Event
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, lane, message, part

NOT_APPROVED = "no rendition was approved for this endpoint"

_LATER = lane.c.due_at.is_(None) | (lane.c.due_at > bindparam("at"))
MAKE_DUE = (
    update(lane)
    .where(lane.c.endpoint == bindparam("of"), lane.c.urgent == bindparam("fast"), _LATER)
    # an open breaker keeps its own time: what arrives meanwhile must not probe the outlet more often
    .where(lane.c.opened_at.is_(None))
    .values(due_at=bindparam("at"))
)


def admit(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Write the deliveries' parts and make their lanes due."""
    traces = {event.data.delivery: event.traceparent for event in events if isinstance(event.data, DeliveryPlanned)}
    now = tx.clock.now()
    rows = tx.connection.execute(
        select(delivery, message.c.expires_at, endpoint.c.state.label("endpoint_state"), endpoint.c.reason)
        .join(message, message.c.id == delivery.c.message)
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .where(delivery.c.id.in_(list(traces)))
    ).all()
    obstacles = {row.id: _obstacle(row) for row in rows}
    make_due(tx, {(row.endpoint, row.urgent) for row in rows if not obstacles[row.id]}, now)
    parts = [values for row in rows for values in _parts(row, obstacles[row.id], traces[row.id], now)]
    tx.connection.execute(tx.insert_or_ignore(part), parts)
    for name, why in obstacles.items():
        if why:
            parked = update(delivery).where(delivery.c.id == name)
            tx.connection.execute(parked.values(state=Outcome.PARKED, cause=why))


def make_due(tx: Tx, lanes: Collection[tuple[str, bool]], at: datetime) -> None:
    """Let somebody look at the lanes (endpoint, urgent) at ``at``, or earlier if that was the plan.

    Their rows stay locked: whoever works on one meanwhile sees what this transaction adds before he hands it back.
    """
    if not lanes:
        return
    new = [
        {"endpoint": of, "urgent": urgent, "failures": 0, "probes": 0, "window": WIDE} for of, urgent in sorted(lanes)
    ]
    tx.connection.execute(tx.insert_or_ignore(lane), new)
    rows = tuple_(lane.c.endpoint, lane.c.urgent).in_(sorted(lanes))
    tx.connection.execute(select(lane.c.due_at).where(rows).order_by(lane.c.endpoint, lane.c.urgent).with_for_update())
    tx.connection.execute(MAKE_DUE, [{"of": of, "fast": urgent, "at": at} for of, urgent in sorted(lanes)])


def _obstacle(row: "Row[Any]") -> str:
    """Why it must wait for a person; empty when it need not."""
    if row.endpoint_state != "enabled":
        return row.reason or "the endpoint is disabled"
    return "" if row.rendition else NOT_APPROVED


def _parts(row: "Row[Any]", obstacle: str, trace: str, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "delivery": row.id,
            "number": number,
            "endpoint": row.endpoint,
            "urgent": row.urgent,
            "sequence": row.sequence,
            "subject": row.subject,
            "subject_sequence": row.subject_sequence,
            "state": Outcome.PARKED if obstacle else Outcome.PLANNED,
            "step": "",
            "tries": 0,
            "attempts": 0,
            "recoveries": 0,
            "due_at": None if obstacle else now,
            "expires_at": row.expires_at,
            "scratch": "{}",
            "reference": "",
            "cause": obstacle,
            "trace": trace,
        }
        for number in range(row.parts)
    ]
