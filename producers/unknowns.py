"""Sends whose answer nobody saw, and persons in doubt in parts that are over, for the person who looks into them."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from channels.base import DECIDED, Outcome
from channels.mail.answer import masked as masked_address
from channels.sms.trial import masked as masked_number
from streams.in_doubt import in_doubt
from streams.seal import BadKey, Seal
from streams.store.tables import attempt, delivery, endpoint, message, part, reached, recipient, version

SHOWN = 20  # persons in doubt that are named, masked, in one part; the rest are counted
CAUSES = 3  # reasons that are told of one part


@dataclass(frozen=True)
class UnknownSend:
    """One part of a delivery: what it is, where it went, and why nobody knows."""

    delivery: str
    part: int
    notice: str
    title: str
    endpoint: str
    office: str
    at: datetime | None  # when it was sent
    recipients: int  # in doubt: of the whole part all on its list; 0 where the outlet is the recipient, or erased
    cause: str
    whole: bool = True  # whether the whole part is in doubt; if not, these persons of one that is over
    persons: tuple[str, ...] = ()  # where not the whole: the first of them, masked

    @property
    def name(self) -> str:
        """As a person names it."""
        return f"{self.delivery}.{self.part}"


def unknowns(connection: Connection, seal: Seal | None = None) -> list[UnknownSend]:
    """All of them, the oldest first, but those that are decided and wait for their lane; whole parts come first.

    Without a ``seal`` nobody is named, not even masked.
    """
    return [*_parts(connection), *sorted(_persons(connection, seal), key=lambda one: (str(one.at), one.name))]


def _parts(connection: Connection) -> Iterator[UnknownSend]:
    sent = (
        select(func.max(attempt.c.started_at))
        .where(attempt.c.delivery == part.c.delivery, attempt.c.part == part.c.number)
        .scalar_subquery()
    )
    low = part.c.number * delivery.c.each
    persons = (
        select(func.count())
        .select_from(recipient)
        .where(recipient.c.audience == delivery.c.audience, recipient.c.edition == delivery.c.edition)
        .where(recipient.c.place.between(low, low + delivery.c.each - 1))
        .scalar_subquery()
    )
    asked = _about().add_columns(sent.label("sent"), persons.label("persons")).where(part.c.state == Outcome.UNKNOWN)
    for row in connection.execute(asked.order_by(sent, part.c.delivery, part.c.number)):
        if not json.loads(row.scratch).get(DECIDED):
            yield _of(row, row.sent, row.persons, row.cause)


def _persons(connection: Connection, seal: Seal | None) -> Iterator[UnknownSend]:
    found = connection.execute(in_doubt().order_by(part.c.delivery, part.c.number, reached.c.place))
    for (name, number), some in groupby(found.all(), key=lambda one: (one.delivery, one.number)):
        those = list(some)
        row = connection.execute(_about().where(part.c.delivery == name, part.c.number == number)).one()
        causes = list(dict.fromkeys(one.cause for one in those if one.cause))[:CAUSES]
        shown = [one.place for one in those[:SHOWN]]
        named = _masked(connection, row, shown, seal) if seal else ()
        yield _of(row, min(one.at for one in those), len(those), "；".join(causes), whole=False, persons=named)


def _about() -> Select[Any]:
    title = (
        select(version.c.title)
        .where(version.c.notice == part.c.subject)
        .order_by(version.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(part, endpoint.c.office, title.label("title"))
        .add_columns(message.c.content, delivery.c.audience, delivery.c.edition)
        .join(delivery, delivery.c.id == part.c.delivery)
        .join(message, message.c.id == delivery.c.message)
        .join(endpoint, endpoint.c.id == part.c.endpoint)
    )


def _of(row: "Row[Any]", sent: datetime | None, recipients: int, cause: str, **of_some: Any) -> UnknownSend:
    title = row.title or json.loads(row.content)["version"]["title"]  # what the program says is no notice
    return UnknownSend(
        row.delivery, row.number, row.subject, title, row.endpoint, row.office, sent, recipients, cause, **of_some
    )


def _masked(connection: Connection, row: "Row[Any]", places: Collection[int], seal: Seal) -> tuple[str, ...]:
    """Who stands there, as far as the key opens them and they were not erased."""
    rows = connection.execute(
        select(recipient.c.sealed)
        .where(recipient.c.audience == row.audience, recipient.c.edition == row.edition)
        .where(recipient.c.place.in_(places))
        .order_by(recipient.c.place)
    ).scalars()
    try:
        opened = [seal.open(sealed) for sealed in rows]
    except BadKey:
        return ()
    return tuple(masked_address(one) if "@" in one else masked_number(one) for one in opened)
