"""Disable and enable an endpoint: what waits for it is kept, and goes when a person enables it again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update

from channels.base import Outcome
from streams import audit
from streams.admit import make_due
from streams.events import EndpointDisabled, event, new_trace
from streams.store.store import Tx
from streams.store.tables import endpoint, lane, part
from streams.tried import Tried, say_tried


def disable(tx: Tx, name: str, reason: str, *, by: str) -> None:
    """Take nothing for this endpoint any more; what waits is parked with the reason."""
    row = tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one()
    tx.connection.execute(update(endpoint).where(endpoint.c.id == name).values(state="disabled", reason=reason))
    park(tx, name, reason)
    tx.connection.execute(update(lane).where(lane.c.endpoint == name).values(due_at=None))
    audit.record(tx, office=row.office, who=by, act="endpoint.disabled", subject=name, detail={"reason": reason})
    said = EndpointDisabled(endpoint=name, reason=reason)
    tx.emit(event(said, clock=tx.clock, subject=name, key=name, traceparent=new_trace()))


def park(tx: Tx, name: str, reason: str) -> None:
    """Let what waits for an endpoint wait until a person enables it."""
    waiting = (part.c.endpoint == name) & (part.c.state == Outcome.PLANNED)
    _restate(tx, tx.connection.execute(select(part).where(waiting)).all(), Outcome.PARKED, reason)
    tx.connection.execute(update(part).where(waiting).values(state=Outcome.PARKED, due_at=None, cause=reason))


def enable(tx: Tx, name: str, *, by: str) -> int:
    """Take deliveries again, and send everything that waited; how many parts that is."""
    now = tx.clock.now()
    row = tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one()
    tx.connection.execute(update(endpoint).where(endpoint.c.id == name).values(state="enabled", reason=None))
    parked = (part.c.endpoint == name) & (part.c.state == Outcome.PARKED)
    rows = tx.connection.execute(select(part).where(parked)).all()
    _restate(tx, rows, Outcome.PLANNED, "")
    tx.connection.execute(
        update(part).where(parked).values(state=Outcome.PLANNED, due_at=now, cause="", tries=0, recoveries=0)
    )
    fresh = {"failures": 0, "failing_since": None, "opened_at": None, "probes": 0, "ramp": 1, "not_before": None}
    tx.connection.execute(update(lane).where(lane.c.endpoint == name).values(**fresh))
    make_due(tx, {(name, found.urgent) for found in rows}, now)
    audit.record(tx, office=row.office, who=by, act="endpoint.enabled", subject=name, detail={"waiting": len(rows)})
    return len(rows)


def _restate(tx: Tx, rows: "Sequence[Row[Any]]", outcome: Outcome, cause: str) -> None:
    """Say of each part (a row of `part`) that its state changed."""
    say_tried(tx, [Tried(row, row.endpoint, outcome, row.step, row.attempts, cause) for row in rows])
