"""Which edition of an audience a delivery goes to, and how its places are divided into parts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from channels.base import Channel
from streams.audiences import newest
from streams.outlets import Endpoint
from streams.store.store import Tx
from streams.store.tables import delivery, part


class NoRecipients(Exception):
    """The audience has no list of recipients, or not one of this office; the text is its name."""


@dataclass(frozen=True)
class Persons:
    """Part n of so many has the places from n * each of the edition."""

    audience: str
    edition: int
    parts: int
    each: int


def persons_of(connection: Connection, found: Endpoint, channel: Channel, subject: str) -> Persons:
    """The first message of a subject goes to the newest list; what follows goes where the first went, part for part.

    Raises ``NoRecipients``.
    """
    first = connection.execute(
        select(delivery.c.audience, delivery.c.edition, delivery.c.parts, delivery.c.each)
        .where(delivery.c.endpoint == found.id, delivery.c.subject == subject, delivery.c.audience.is_not(None))
        .order_by(delivery.c.subject_sequence)
        .limit(1)
    ).first()
    if first is not None:
        return Persons(first.audience, first.edition, first.parts, first.each)
    if channel.audience is None or (list_ := newest(connection, channel.audience, found.office)) is None:
        raise NoRecipients(channel.audience)
    number, size = list_
    parts = max(1, channel.parts(size))
    return Persons(channel.audience, number, parts, max(1, -(-size // parts)))


def assign(tx: Tx, found: Endpoint, channel: Channel, row: "Row[Any]") -> None:
    """Give a delivery its persons that was planned before there was a list of them; ``row`` is its one part.

    Raises ``NoRecipients`` while there still is none.
    """
    persons = persons_of(tx.connection, found, channel, row.subject)
    named = {"audience": persons.audience, "edition": persons.edition, "each": persons.each, "parts": persons.parts}
    tx.connection.execute(update(delivery).where(delivery.c.id == row.delivery).values(named))
    this = (part.c.delivery == row.delivery, part.c.number == row.number)
    first = tx.connection.execute(select(part).where(*this)).one()._asdict()
    if more := [{**first, "number": number} for number in range(1, persons.parts)]:
        tx.connection.execute(insert(part), more)
