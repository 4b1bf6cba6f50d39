"""Plan: who is to hear a message. A release goes where the version says; what follows it goes to those that had it."""

import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, Row, select, update

from channels.base import Outcome
from streams.events import DeliveryPlanned, Event, NoticeReleased, Said, event
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, message, part, rendition

NEVER_HAD = (Outcome.CANCELLED, Outcome.REFUSED)  # what ended so did not arrive at the outlet


def plan(tx: Tx, cause: Event, outlets: Outlets) -> None:
    """Write a delivery for each endpoint that is to hear ``cause``, and say so."""
    said = cause.data
    assert isinstance(said, Said)
    row = tx.connection.execute(select(message).where(message.c.id == said.message)).one()
    if isinstance(said, NoticeReleased):
        targets = routed(tx.connection, row, outlets)
    else:
        targets = receivers(tx.connection, row, outlets)
    for target in targets:
        _plan_one(tx, cause, row, target, outlets)


def routed(connection: Connection, said: "Row[tuple[object, ...]]", outlets: Outlets) -> list[Endpoint]:
    """The endpoints of the message's own office on the channels that the version names."""
    content = outlets.said(said.id).message
    rows = connection.execute(
        select(endpoint)
        .where(endpoint.c.office == said.office, endpoint.c.channel.in_(content.version.channels))
        .order_by(endpoint.c.id)
    )
    return [endpoint_of(row) for row in rows]


def receivers(connection: Connection, said: "Row[tuple[object, ...]]", outlets: Outlets) -> list[Endpoint]:
    """The endpoints that had something of the subject, or are about to."""
    had = select(delivery.c.endpoint).where(
        delivery.c.subject == said.subject,
        delivery.c.subject_sequence < said.sequence,
        delivery.c.state.not_in(NEVER_HAD),
    )
    rows = connection.execute(select(endpoint).where(endpoint.c.id.in_(had)).order_by(endpoint.c.id))
    return [
        found
        for found in map(endpoint_of, rows)
        if not said.minor
        or outlets.channel_class(found).hears_minor
        or _still_waits(connection, said.subject, found.id)
    ]


def _still_waits(connection: Connection, subject: str, at: str) -> bool:
    """True when an earlier text may still go out there: then even a minor correction must take its place."""
    waiting = select(part.c.delivery).where(
        part.c.endpoint == at, part.c.subject == subject, part.c.state.in_((Outcome.PLANNED, Outcome.SENDING))
    )
    return connection.execute(waiting.limit(1)).first() is not None


def _plan_one(tx: Tx, cause: Event, said: "Row[tuple[object, ...]]", target: Endpoint, outlets: Outlets) -> None:
    sequence = tx.connection.execute(
        update(endpoint)
        .where(endpoint.c.id == target.id)
        .values(sequence=endpoint.c.sequence + 1)
        .returning(endpoint.c.sequence)
    ).scalar_one()
    name = secrets.token_hex(12)
    tx.connection.execute(
        delivery.insert().values(
            id=name,
            endpoint=target.id,
            urgent=said.urgent,
            sequence=sequence,
            message=said.id,
            subject=said.subject,
            subject_sequence=said.sequence,
            rendition=_approved(tx.connection, said.id, target, outlets),
            parts=outlets.channel(target).parts(0),
            state=Outcome.PLANNED,
            cause="",
            planned_at=tx.clock.now(),
        )
    )
    planned = DeliveryPlanned(
        delivery=name, endpoint=target.id, urgent=said.urgent, message=said.id, subject=said.subject
    )
    tx.emit(
        event(
            planned,
            clock=tx.clock,
            subject=said.subject,
            key=f"{target.id}/{'urgent' if said.urgent else 'routine'}",
            traceparent=cause.traceparent,
        )
    )


def _approved(connection: Connection, said: str, target: Endpoint, outlets: Outlets) -> str:
    """The hash of the approved rendition; empty when there is none, and then nothing is sent."""
    found: Iterable[str] = connection.execute(
        select(rendition.c.sha256).where(
            rendition.c.message == said,
            rendition.c.channel == target.channel,
            rendition.c.edition == outlets.channel(target).edition,
        )
    ).scalars()
    return next(iter(found), "")
