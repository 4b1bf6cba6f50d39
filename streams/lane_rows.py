"""Lanes as rows: who holds one, what waits in it, how it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update
from sqlalchemy.sql.dml import Update

from channels.base import Outcome
from streams.breaker import Breaker
from streams.lanes import Subjects, Waiting
from streams.store.store import Tx
from streams.store.tables import delivery, lane, part

LEASE = timedelta(seconds=10)  # a holder renews it every few seconds; one that is stopped loses it
LOOK = 256  # parts of a lane that a turn looks at


class LeaseLost(Exception):
    """Another worker has the lane by now: what we did is not written down by us."""


@dataclass(frozen=True)
class LaneKey:
    """Names a lane."""

    endpoint: str
    urgent: bool


def claim(tx: Tx, token: str, most: int, *, urgent: bool) -> list[LaneKey]:
    """Lease up to ``most`` due lanes to ``token``, the longest due first."""
    now = tx.clock.now()
    free = lane.c.holder.is_(None) | (lane.c.held_until <= now)
    running = lane.c.paused_at.is_(None) | (lane.c.paused_until <= now)
    rows = tx.connection.execute(
        select(lane.c.endpoint)
        .where(lane.c.due_at <= now, lane.c.urgent == urgent, free, running)
        .order_by(lane.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).scalars()
    names = list(rows)
    if names:
        tx.connection.execute(
            update(lane)
            .where(lane.c.endpoint == bindparam("of"), lane.c.urgent == urgent)
            .values(holder=token, held_until=now + LEASE),
            [{"of": name} for name in names],
        )
    return [LaneKey(name, urgent) for name in names]


def release(tx: Tx, key: LaneKey, token: str) -> None:
    """Hand the lane back."""
    tx.connection.execute(lane_row(key).where(lane.c.holder == token).values(holder=None, held_until=None))


def renew(tx: Tx, keys: Iterable[LaneKey], token: str) -> None:
    """Keep lanes for another lease; one that another worker has by now stays his. Due as it lapses."""
    until = tx.clock.now() + LEASE
    for key in keys:
        tx.connection.execute(lane_row(key).where(lane.c.holder == token).values(held_until=until, due_at=until))


def lane_row(key: LaneKey) -> Update:
    """An update of the lane's row."""
    return update(lane).where(lane.c.endpoint == key.endpoint, lane.c.urgent == key.urgent)


def lane_of(connection: Connection, key: LaneKey) -> "Row[Any]":
    """The lane's row."""
    return connection.execute(select(lane).where(lane.c.endpoint == key.endpoint, lane.c.urgent == key.urgent)).one()


def part_of(connection: Connection, waiting: Waiting) -> "Row[Any]":
    """The part's row, with its delivery's message and number of parts."""
    return connection.execute(
        select(part, delivery.c.message, delivery.c.parts)
        .join(delivery, delivery.c.id == part.c.delivery)
        .where(part.c.delivery == waiting.delivery, part.c.number == waiting.number)
    ).one()


def held(tx: Tx, key: LaneKey, token: str) -> "Row[Any]":
    """The lane's row, locked. Raises ``LeaseLost`` when it is not ours any more."""
    row = tx.connection.execute(
        select(lane).where(lane.c.endpoint == key.endpoint, lane.c.urgent == key.urgent).with_for_update()
    ).one()
    if row.holder != token:
        raise LeaseLost
    return row


def breaker_of(row: "Row[Any]") -> Breaker:
    """The lane's breaker."""
    return Breaker(row.failures, row.failing_since, row.opened_at, row.probes, row.window)


def waiting_in(connection: Connection, key: LaneKey) -> "Sequence[Row[Any]]":
    """The parts that something is left to do for, what is due first, first."""
    return connection.execute(
        select(part)
        .where(part.c.endpoint == key.endpoint, part.c.urgent == key.urgent, part.c.due_at.is_not(None))
        .where(part.c.state != Outcome.SENDING)
        .order_by(part.c.due_at, part.c.sequence, part.c.number)
        .limit(LOOK)
    ).all()


def as_waiting(row: "Row[Any]", due_at: datetime | None = None) -> Waiting:
    """The part in a row, as the choice sees it."""
    return Waiting(
        delivery=row.delivery,
        number=row.number,
        sequence=row.sequence,
        subject=row.subject,
        subject_sequence=row.subject_sequence,
        state=Outcome(row.state),
        due_at=due_at or row.due_at,
        expires_at=row.expires_at,
    )


def subjects_of(connection: Connection, key: LaneKey, subjects: set[str]) -> Subjects:
    """What the endpoint has of ``subjects`` over both its lanes."""
    here = (part.c.endpoint == key.endpoint) & part.c.subject.in_(subjects)
    newest = connection.execute(
        select(part.c.subject, func.max(part.c.subject_sequence)).where(here).group_by(part.c.subject)
    )
    unsent = part.c.state.in_((Outcome.PLANNED, Outcome.SENDING))
    oldest = connection.execute(
        select(part.c.subject, func.min(part.c.subject_sequence)).where(here, unsent).group_by(part.c.subject)
    )
    flying = connection.execute(
        select(part.c.subject).where(here, part.c.state == Outcome.SENDING, part.c.urgent != key.urgent)
    )
    return Subjects(
        newest={subject: int(sequence) for subject, sequence in newest},
        oldest_waiting={subject: int(sequence) for subject, sequence in oldest},
        in_flight=frozenset(flying.scalars()),
    )


def drain(tx: Tx, key: LaneKey, now: datetime) -> None:
    """The outlet is back: everything that waits for its next try may go now."""
    mine = (part.c.endpoint == key.endpoint) & (part.c.urgent == key.urgent)
    tx.connection.execute(
        update(part).where(mine, part.c.state == Outcome.PLANNED, part.c.due_at > now).values(due_at=now)
    )
