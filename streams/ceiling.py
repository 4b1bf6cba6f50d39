"""The price ceiling where the persons were not known when the message was let go: it is asked once they are."""

import json
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, select

from channels.base import Outcome
from config.messages import say
from streams import audit
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.store.store import Tx
from streams.store.tables import audit as entries
from streams.store.tables import delivery, endpoint, part
from streams.would_reach import would_reach

OVER_CEILING = (
    "over_ceiling"  # of an audit entry's detail: endpoint → persons, price and ceiling that a person let pass
)


class AboveCeiling(Exception):
    """A delivery costs more than its endpoint's ceiling, and nobody was asked; the text says what to do."""


@dataclass(frozen=True)
class Unasked:
    """A message, the number ``sequence`` of its subject, that has no persons yet."""

    message: str
    subject: str
    sequence: int


def refuse_unasked(connection: Connection, outlets: Outlets, found: Endpoint, said: Unasked) -> None:
    """Raises ``AboveCeiling`` where what has no persons yet would cost too much there, unless somebody let it."""
    told = _beyond(connection, outlets, found, said)
    if told and not _is_let_through(connection, found, said.subject):
        raise AboveCeiling(say("outcome.above_ceiling", endpoint=found.id, **told))


def let_through(tx: Tx, outlets: Outlets, name: str, *, by: str) -> int:
    """Let what waits at an endpoint without persons cost more than the ceiling, as it is by the list of today; each is

    on record. How many deliveries that is.
    """
    found = endpoint_of(tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one())
    parked = select(part.c.delivery).where(part.c.endpoint == name, part.c.state == Outcome.PARKED)
    waiting = select(delivery).where(delivery.c.id.in_(parked), delivery.c.audience.is_(None))
    many = 0
    for row in tx.connection.execute(waiting.order_by(delivery.c.sequence)).all():
        said = Unasked(row.message, row.subject, row.subject_sequence)
        told = {}
        with suppress(KeyError):  # what nobody approved goes nowhere, and is in nobody's way
            told = _beyond(tx.connection, outlets, found, said)
        if told:
            detail = {"endpoint": name, "delivery": row.id, OVER_CEILING: {name: told}}
            audit.record(tx, office=found.office, who=by, act="notice.let_through", subject=row.subject, detail=detail)
            many += 1
    return many


def _beyond(connection: Connection, outlets: Outlets, found: Endpoint, said: Unasked) -> dict[str, str]:
    """Persons, price and ceiling of what costs more; empty where it does not."""
    channel = outlets.channel(found)
    if channel.ceiling is None:
        return {}
    withdraws = outlets.said(connection, said.message).message.withdrawal is not None
    people = would_reach(connection, found, channel, said.subject, sequence=said.sequence, withdraws=withdraws)
    price = channel.price(outlets.rendition(connection, said.message, found.channel, channel.edition), people)
    if price <= channel.ceiling:
        return {}
    return {"people": str(people), "price": str(price), "ceiling": str(channel.ceiling)}


def _is_let_through(connection: Connection, found: Endpoint, subject: str) -> bool:
    """Whether somebody let it cost more there: as it was released, or since."""
    said = select(entries.c.detail).where(entries.c.subject == subject, entries.c.office == found.office)
    return any(found.id in json.loads(detail).get(OVER_CEILING, {}) for detail in connection.execute(said).scalars())
