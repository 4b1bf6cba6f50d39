"""Admit: whoever works lanes is told that something waits in one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zlib import crc32

from sqlalchemy import bindparam, select, tuple_, update

from streams.events import DeliveryPlanned, Event
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import lane

_NEVER = lane.c.due_at.is_(None)
# an open breaker keeps its own time: what arrives meanwhile must not probe the outlet more often
_LATER = (lane.c.due_at > bindparam("at")) & lane.c.opened_at.is_(None)
MAKE_DUE = (
    update(lane)
    .where(lane.c.endpoint == bindparam("of"), lane.c.urgent == bindparam("fast"), _NEVER | _LATER)
    .values(due_at=bindparam("at"))
)


def admit(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Make the lanes due in which the events' deliveries wait."""
    planned = [event.data for event in events if isinstance(event.data, DeliveryPlanned)]
    make_due(tx, {(data.endpoint, data.urgent) for data in planned}, tx.clock.now())


def lane_key(endpoint: str, urgent: bool) -> str:
    """What keeps the deliveries of a lane in order on a topic."""
    return f"{endpoint}/{'urgent' if urgent else 'routine'}"


def slot(key: str) -> int:
    """Where ``key`` belongs: of n partitions to the one with the number ``slot % n``. 0 to 2³² - 1."""
    return crc32(key.encode())


def open_lanes(tx: Tx, lanes: Collection[tuple[str, bool]]) -> None:
    """Make the rows of lanes (endpoint, urgent) that there are none of yet."""
    fresh = {"failures": 0, "probes": 0, "ramp": 0}
    rows = [
        {"endpoint": of, "urgent": urgent, "slot": slot(lane_key(of, urgent)), **fresh} for of, urgent in sorted(lanes)
    ]
    tx.connection.execute(tx.insert_or_ignore(lane), rows)


def make_due(tx: Tx, lanes: Collection[tuple[str, bool]], at: datetime) -> None:
    """Let somebody look at the lanes (endpoint, urgent) at ``at``, or earlier if that was the plan.

    Their rows stay locked: whoever works on one meanwhile sees what this transaction adds before he hands it back.
    """
    if not lanes:
        return
    open_lanes(tx, lanes)
    rows = tuple_(lane.c.endpoint, lane.c.urgent).in_(sorted(lanes))
    tx.connection.execute(select(lane.c.due_at).where(rows).order_by(lane.c.endpoint, lane.c.urgent).with_for_update())
    tx.connection.execute(MAKE_DUE, [{"of": of, "fast": urgent, "at": at} for of, urgent in sorted(lanes)])
