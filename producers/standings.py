"""How deliveries stand at this instant, an endpoint each: for whoever watches them. Reads, never writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from channels.base import Outcome
from streams.fold import ENDED, counted, fold
from streams.store.tables import delivery, endpoint, lane, line, part
from streams.store.tables import message as messages

SOON = timedelta(seconds=3)


@dataclass(frozen=True)
class Standing:
    """One delivery as it stands."""

    delivery: str
    message: str
    subject: str
    sequence: int  # of the message within its subject
    endpoint: str
    title: str  # of the endpoint
    channel: str
    pretend: bool  # 演练
    outcome: Outcome
    cause: str
    step: str
    attempts: int  # over all its parts
    rendition: str  # SHA-256 of the approved bytes; empty when none were
    reference: str  # the other side's number for it
    due_at: datetime | None  # of the next try
    planned_at: datetime
    settled_at: datetime | None
    disabled: bool  # the endpoint
    paused_at: datetime | None  # its lane
    paused_until: datetime | None

    @property
    def ended(self) -> bool:
        """True when nothing more happens by itself."""
        return self.outcome in ENDED

    def is_being_read_back(self, now: datetime) -> bool:
        """True while the outlet took it and is asked any moment whether it arrived; not once that is tried seldom."""
        if self.outcome is not Outcome.ACCEPTED or self.due_at is None:
            return False
        return self.due_at <= now + SOON and not self.held_up(now)

    @property
    def laid_up(self) -> bool:
        """True when it came to a disabled endpoint and waits: known to whoever disabled it, so no alarm.

        One that was tried is not: it may be what the endpoint was disabled for.
        """
        return self.disabled and self.outcome is Outcome.PARKED and not self.attempts

    def held_up(self, now: datetime) -> str:
        """Why its endpoint takes nothing: ``disabled`` or ``paused``; empty while it does."""
        if self.disabled:
            return "disabled"
        paused = self.paused_at is not None and (self.paused_until is None or self.paused_until > now)
        return "paused" if paused else ""


def of_messages(connection: Connection, names: Collection[str]) -> list[Standing]:
    """The deliveries of messages, by endpoint."""
    return _found(connection, delivery.c.message.in_(names))


def of_subjects(connection: Connection, names: Collection[str]) -> list[Standing]:
    """The newest delivery of each subject at each endpoint."""
    newest: dict[tuple[str, str], Standing] = {}
    for one in _found(connection, delivery.c.subject.in_(names)):
        before = newest.get((one.subject, one.endpoint))
        if before is None or before.sequence < one.sequence:
            newest[one.subject, one.endpoint] = one
    return list(newest.values())


def newest_message(connection: Connection, subject: str) -> str:
    """The newest message of a subject."""
    found: str = connection.execute(
        select(messages.c.id).where(messages.c.subject == subject).order_by(messages.c.sequence.desc()).limit(1)
    ).scalar_one()
    return found


def unplanned(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of the messages that no stage has planned yet."""
    waiting = select(messages.c.id).where(messages.c.id.in_(names), messages.c.planned_at.is_(None))
    return set(connection.execute(waiting).scalars())


def stopped_stages(connection: Connection) -> list[str]:
    """Stages that stand still until a person lets them go on."""
    return list(connection.execute(select(line.c.stage).where(line.c.stopped_at.is_not(None))).scalars())


def by_channel(stands: Iterable[Standing]) -> dict[str, Outcome]:
    """One outcome a channel: what needs most attention among its endpoints; a disabled one's only where it is alone."""
    found: dict[str, list[Standing]] = {}
    for one in stands:
        found.setdefault(one.channel, []).append(one)
    return {
        channel: fold([one.outcome for one in here if not one.laid_up] or [Outcome.PARKED])
        for channel, here in found.items()
    }


def _found(connection: Connection, which: ColumnElement[bool]) -> list[Standing]:
    here = and_(lane.c.endpoint == delivery.c.endpoint, lane.c.urgent == delivery.c.urgent)
    rows = connection.execute(
        select(
            delivery,
            endpoint.c.title,
            endpoint.c.channel,
            endpoint.c.pretend,
            endpoint.c.state.label("endpoint_state"),
            lane.c.paused_at,
            lane.c.paused_until,
        )
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .outerjoin(lane, here)
        .where(which)
        .order_by(endpoint.c.channel, endpoint.c.id, delivery.c.sequence)
    ).all()
    parts: dict[str, list[Row[Any]]] = {row.id: [] for row in rows}
    wanted = select(part).join(delivery, delivery.c.id == part.c.delivery).where(which).order_by(part.c.number)
    for row in connection.execute(wanted):
        parts[row.delivery].append(row)
    return [_standing(row, parts[row.id]) for row in rows]


def _standing(row: "Row[Any]", parts: "list[Row[Any]]") -> Standing:
    """From the parts themselves: the delivery's own state follows them a moment later."""
    outcomes = [Outcome(one.state) for one in parts]
    outcome = fold(outcomes) if parts else Outcome(row.state)
    return Standing(
        delivery=row.id,
        message=row.message,
        subject=row.subject,
        sequence=row.subject_sequence,
        endpoint=row.endpoint,
        title=row.title,
        channel=row.channel,
        pretend=row.pretend,
        outcome=outcome,
        cause=counted(outcomes) or next((one.cause for one in parts if one.cause), row.cause),
        step=next((one.step for one in reversed(parts) if one.step), ""),
        attempts=sum(one.attempts for one in parts),
        rendition=row.rendition,
        reference=next((one.reference for one in parts if one.reference), ""),
        due_at=min((one.due_at for one in parts if one.due_at), default=None),
        planned_at=row.planned_at,
        settled_at=row.settled_at if outcome in ENDED else None,
        disabled=row.endpoint_state != "enabled",
        paused_at=row.paused_at,
        paused_until=row.paused_until,
    )
