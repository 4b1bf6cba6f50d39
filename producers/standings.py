"""How deliveries stand at this instant, an endpoint each: for whoever watches them. Reads, never writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from channels.base import Outcome
from streams.fold import ENDED, fold
from streams.stages import STAGES
from streams.store.tables import delivery, effect, endpoint, lane, line, part
from streams.store.tables import message as messages


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
    """Those of the messages that no delivery has been planned for yet."""
    stage = next(stage for stage in STAGES if stage.name == "plan")
    events = {f"{name}.{data.type}": name for name in names for data in stage.on}
    done = connection.execute(select(effect.c.event).where(effect.c.stage == stage.name, effect.c.event.in_(events)))
    return set(names) - {events[name] for name in done.scalars()}


def stopped_stages(connection: Connection) -> list[str]:
    """Stages that stand still until a person lets them go on."""
    return list(connection.execute(select(line.c.stage).where(line.c.stopped_at.is_not(None))).scalars())


def by_channel(stands: Iterable[Standing]) -> dict[str, Outcome]:
    """One outcome a channel: what needs most attention among its endpoints."""
    found: dict[str, list[Outcome]] = {}
    for one in stands:
        found.setdefault(one.channel, []).append(one.outcome)
    return {channel: fold(outcomes) for channel, outcomes in found.items()}


def _found(connection: Connection, which: ColumnElement[bool]) -> list[Standing]:
    parts = (
        select(
            part.c.delivery,
            func.sum(part.c.attempts).label("attempts"),
            func.min(part.c.due_at).label("due_at"),
            func.max(part.c.step).label("step"),
            func.max(part.c.reference).label("reference"),
        )
        .join(delivery, delivery.c.id == part.c.delivery)
        .where(which)
        .group_by(part.c.delivery)
        .subquery()
    )
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
            parts.c.attempts,
            parts.c.due_at,
            parts.c.step,
            parts.c.reference,
        )
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .outerjoin(parts, parts.c.delivery == delivery.c.id)
        .outerjoin(lane, here)
        .where(which)
        .order_by(endpoint.c.channel, endpoint.c.id, delivery.c.sequence)
    )
    return [_standing(row) for row in rows]


def _standing(row: "Row[Any]") -> Standing:
    return Standing(
        delivery=row.id,
        message=row.message,
        subject=row.subject,
        sequence=row.subject_sequence,
        endpoint=row.endpoint,
        title=row.title,
        channel=row.channel,
        pretend=row.pretend,
        outcome=Outcome(row.state),
        cause=row.cause,
        step=row.step or "",
        attempts=row.attempts or 0,
        rendition=row.rendition,
        reference=row.reference or "",
        due_at=row.due_at,
        planned_at=row.planned_at,
        settled_at=row.settled_at,
        disabled=row.endpoint_state != "enabled",
        paused_at=row.paused_at,
        paused_until=row.paused_until,
    )
