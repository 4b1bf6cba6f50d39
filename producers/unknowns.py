"""Sends whose answer nobody saw, for the person who must look into them."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from channels.base import DECIDED, Outcome
from streams.store.tables import attempt, delivery, endpoint, message, part, recipient, version


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
    recipients: int  # on this part of the list; 0 where the outlet itself is the recipient, or they were erased
    cause: str

    @property
    def name(self) -> str:
        """As a person names it."""
        return f"{self.delivery}.{self.part}"


def unknowns(connection: Connection) -> list[UnknownSend]:
    """All of them, the oldest first, but those that are decided and wait for their lane."""
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
    title = (
        select(version.c.title)
        .where(version.c.notice == part.c.subject)
        .order_by(version.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(part, endpoint.c.office, title.label("title"), sent.label("sent"), persons.label("persons"))
        .add_columns(message.c.content)
        .join(delivery, delivery.c.id == part.c.delivery)
        .join(message, message.c.id == delivery.c.message)
        .join(endpoint, endpoint.c.id == part.c.endpoint)
        .where(part.c.state == Outcome.UNKNOWN)
        .order_by(sent, part.c.delivery, part.c.number)
    )
    return [
        UnknownSend(
            row.delivery,
            row.number,
            row.subject,
            row.title or json.loads(row.content)["version"]["title"],  # what the program says is no notice
            row.endpoint,
            row.office,
            row.sent,
            row.persons,
            row.cause,
        )
        for row in rows
        if not json.loads(row.scratch).get(DECIDED)
    ]
