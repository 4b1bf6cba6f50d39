"""Plan: who is to hear a message. A release goes where the version says; what follows it goes to those that had it."""

import secrets
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from channels.base import Outcome
from streams.events import DeliveryPlanned, Event, NoticeReleased, Said, event
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, message, part, rendition

NEVER_HAD = (Outcome.CANCELLED, Outcome.REFUSED)  # what ended so did not arrive at the outlet

MESSAGES = select(
    message.c.id, message.c.subject, message.c.sequence, message.c.office, message.c.urgent, message.c.minor
).where(message.c.id.in_(bindparam("ids", expanding=True)))
APPROVED = select(rendition).where(rendition.c.message.in_(bindparam("ids", expanding=True)))
ROUTED = (
    select(endpoint)
    .where(endpoint.c.office == bindparam("of"), endpoint.c.channel.in_(bindparam("channels", expanding=True)))
    .order_by(endpoint.c.id)
)
HAD = (
    select(endpoint)
    .where(
        endpoint.c.id.in_(
            select(delivery.c.endpoint).where(
                delivery.c.subject == bindparam("of"),
                delivery.c.subject_sequence < bindparam("before"),
                delivery.c.state.not_in(NEVER_HAD),
            )
        )
    )
    .order_by(endpoint.c.id)
)
NUMBER = (
    update(endpoint)
    .where(endpoint.c.id == bindparam("of"))
    .values(sequence=endpoint.c.sequence + bindparam("many"))
    .returning(endpoint.c.sequence)
)


def plan(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Write a delivery for each endpoint that is to hear of each event, and say so."""
    for release, run in groupby(events, lambda cause: isinstance(cause.data, NoticeReleased)):
        # whom a correction goes to depends on what was planned before it
        for together in [list(run)] if release else [[one] for one in run]:
            _plan(tx, together, outlets)


def routed(connection: Connection, messages: "Sequence[Row[Any]]", outlets: Outlets) -> list[list[Endpoint]]:
    """For each message the endpoints of its own office on the channels that the version names."""

    @cache
    def ways(office: str, channels: tuple[str, ...]) -> list[Endpoint]:
        return [endpoint_of(row) for row in connection.execute(ROUTED, {"of": office, "channels": channels})]

    return [ways(said.office, outlets.said(connection, said.id).message.version.channels) for said in messages]


def receivers(connection: Connection, messages: "Sequence[Row[Any]]", outlets: Outlets) -> list[list[Endpoint]]:
    """For each message the endpoints that had something of its subject, or are about to."""
    return [_receivers(connection, said, outlets) for said in messages]


def _receivers(connection: Connection, said: "Row[Any]", outlets: Outlets) -> list[Endpoint]:
    rows = connection.execute(HAD, {"of": said.subject, "before": said.sequence}).all()
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


def _plan(tx: Tx, causes: Sequence[Event], outlets: Outlets) -> None:
    """One delivery a cause and target, each with the next number of its endpoint; nobody else takes that number."""
    ids = [cause.data.message for cause in causes if isinstance(cause.data, Said)]
    said: dict[str, Any] = {row.id: row for row in tx.connection.execute(MESSAGES, {"ids": ids})}
    approved = {
        (row.message, row.channel, row.edition): row.sha256 for row in tx.connection.execute(APPROVED, {"ids": ids})
    }
    who = routed if isinstance(causes[0].data, NoticeReleased) else receivers
    targets = who(tx.connection, [said[name] for name in ids], outlets)
    hears = [
        (cause, said[name], target) for cause, name, found in zip(causes, ids, targets, strict=True) for target in found
    ]
    if not hears:
        return
    numbers = _numbers(tx, Counter(target.id for _, _, target in hears))
    now, rows, events = tx.clock.now(), [], []
    for cause, row, target in hears:
        channel, name = outlets.channel(target), secrets.token_hex(12)
        numbers[target.id] += 1
        rows.append(
            {
                "id": name,
                "endpoint": target.id,
                "urgent": row.urgent,
                "sequence": numbers[target.id],
                "message": row.id,
                "subject": row.subject,
                "subject_sequence": row.sequence,
                "rendition": approved.get((row.id, target.channel, channel.edition), ""),  # none: nothing is sent
                "parts": channel.parts(0),
                "state": Outcome.PLANNED,
                "cause": "",
                "planned_at": now,
            }
        )
        planned = DeliveryPlanned(
            delivery=name, endpoint=target.id, urgent=row.urgent, message=row.id, subject=row.subject
        )
        lane = f"{target.id}/{'urgent' if row.urgent else 'routine'}"
        events.append(event(planned, clock=tx.clock, subject=row.subject, key=lane, traceparent=cause.traceparent))
    tx.connection.execute(insert(delivery), rows)
    tx.emit(*events)


def _numbers(tx: Tx, wanted: Counter[str]) -> dict[str, int]:
    """Take so many numbers of each endpoint; the last one before them."""
    taken = {}
    for name, many in sorted(wanted.items()):  # in one order, so that two workers cannot wait for each other
        last: int = tx.connection.execute(NUMBER, {"of": name, "many": many}).scalar_one()
        taken[name] = last - many
    return taken
