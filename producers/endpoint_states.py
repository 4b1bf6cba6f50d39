"""How the endpoints stand: what they are, whether they take anything, what waits for them. Reads, never writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from channels.base import Outcome
from streams.fold import WAITING
from streams.store.tables import delivery, endpoint, lane


@dataclass(frozen=True)
class Pause:
    """Who let an endpoint rest, why, and until when; None: until somebody lets it go on."""

    at: datetime
    by: str
    why: str
    until: datetime | None


@dataclass(frozen=True)
class EndpointState:
    """One endpoint with what waits for it."""

    id: str
    office: str
    channel: str
    title: str
    options: Mapping[str, Any]
    pretend: bool
    disabled: str | None  # why; None while it is enabled
    pause: Pause | None
    failing_since: datetime | None  # it does not answer; tried again by itself
    waiting: int  # deliveries
    parked: int  # deliveries that wait for a person
    newest_at: datetime | None  # when something last arrived


def endpoint_states(connection: Connection, office: str | None, now: datetime) -> list[EndpointState]:
    """Every endpoint, or those of one office."""
    wanted = select(endpoint).order_by(endpoint.c.office, endpoint.c.channel, endpoint.c.id)
    rows = connection.execute(wanted if office is None else wanted.where(endpoint.c.office == office)).all()
    lanes: dict[str, list[Row[Any]]] = {row.id: [] for row in rows}
    for row in connection.execute(select(lane).where(lane.c.endpoint.in_(lanes))):
        lanes[row.endpoint].append(row)
    counts = _counts(connection)
    return [_state(row, lanes[row.id], counts.get(row.id, (0, 0, None)), now) for row in rows]


def _counts(connection: Connection) -> dict[str, tuple[int, int, datetime | None]]:
    arrived = delivery.c.state.in_((Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.PRETENDED))
    rows = connection.execute(
        select(
            delivery.c.endpoint,
            func.count().filter(delivery.c.state.in_(WAITING)).label("waiting"),
            func.count().filter(delivery.c.state == Outcome.PARKED).label("parked"),
            func.max(delivery.c.settled_at).filter(arrived).label("newest_at"),
        ).group_by(delivery.c.endpoint)
    )
    return {row.endpoint: (row.waiting, row.parked, row.newest_at) for row in rows}


def _state(
    row: "Row[Any]", lanes: "list[Row[Any]]", counts: tuple[int, int, datetime | None], now: datetime
) -> EndpointState:
    resting = [one for one in lanes if one.paused_at and (one.paused_until is None or one.paused_until > now)]
    failing = [one.failing_since or one.opened_at for one in lanes if one.opened_at]
    waiting, parked, newest_at = counts
    return EndpointState(
        id=row.id,
        office=row.office,
        channel=row.channel,
        title=row.title,
        options=json.loads(row.options),
        pretend=row.pretend,
        disabled=None if row.state == "enabled" else row.reason or "",
        pause=_pause(resting[0]) if resting else None,
        failing_since=min(failing, default=None),
        waiting=waiting,
        parked=parked,
        newest_at=newest_at,
    )


def _pause(row: "Row[Any]") -> Pause:
    return Pause(row.paused_at, row.paused_by, row.paused_why, row.paused_until)
