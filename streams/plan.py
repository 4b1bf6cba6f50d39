"""Plan: who is to hear a message. A release goes where the version says; what follows it goes to those that had it."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from channels.base import Outcome
from streams.events import DeliveryPlanned, Event, NoticeReleased, Said, event
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, message, part, rendition

NEVER_HAD = (Outcome.CANCELLED, Outcome.REFUSED)  # what ended so did not arrive at the outlet


def plan(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Write a delivery for each endpoint that is to hear of each event, and say so."""
    for cause in events:
        said = cause.data
        assert isinstance(said, Said)
        row = tx.connection.execute(select(message).where(message.c.id == said.message)).one()
        targets = routed if isinstance(said, NoticeReleased) else receivers
        _plan(tx, cause, row, targets(tx.connection, row, outlets), outlets)


def routed(connection: Connection, said: "Row[Any]", outlets: Outlets) -> list[Endpoint]:
    """The endpoints of the message's own office on the channels that the version names."""
    content = outlets.said(connection, said.id).message
    rows = connection.execute(
        select(endpoint)
        .where(endpoint.c.office == said.office, endpoint.c.channel.in_(content.version.channels))
        .order_by(endpoint.c.id)
    )
    return [endpoint_of(row) for row in rows]


def receivers(connection: Connection, said: "Row[Any]", outlets: Outlets) -> list[Endpoint]:
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


def _plan(tx: Tx, cause: Event, said: "Row[Any]", targets: Sequence[Endpoint], outlets: Outlets) -> None:
    """One delivery a target, each with the next number of its endpoint; nobody else takes that number."""
    if not targets:
        return
    numbered = (
        update(endpoint)
        .where(endpoint.c.id.in_([target.id for target in targets]))
        .values(sequence=endpoint.c.sequence + 1)
        .returning(endpoint.c.id, endpoint.c.sequence)
    )
    sequences: dict[str, int] = {row.id: row.sequence for row in tx.connection.execute(numbered)}
    approved = {
        (row.channel, row.edition): row.sha256
        for row in tx.connection.execute(select(rendition).where(rendition.c.message == said.id))
    }
    now, rows, events = tx.clock.now(), [], []
    for target in targets:
        channel, name = outlets.channel(target), secrets.token_hex(12)
        rows.append(
            {
                "id": name,
                "endpoint": target.id,
                "urgent": said.urgent,
                "sequence": sequences[target.id],
                "message": said.id,
                "subject": said.subject,
                "subject_sequence": said.sequence,
                "rendition": approved.get((target.channel, channel.edition), ""),  # none: then nothing is sent
                "parts": channel.parts(0),
                "state": Outcome.PLANNED,
                "cause": "",
                "planned_at": now,
            }
        )
        planned = DeliveryPlanned(
            delivery=name, endpoint=target.id, urgent=said.urgent, message=said.id, subject=said.subject
        )
        lane = f"{target.id}/{'urgent' if said.urgent else 'routine'}"
        events.append(event(planned, clock=tx.clock, subject=said.subject, key=lane, traceparent=cause.traceparent))
    tx.connection.execute(insert(delivery), rows)
    tx.emit(*events)
