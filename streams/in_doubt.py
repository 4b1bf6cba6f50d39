"""Persons of whom nobody knows whether they have a message, in parts that are over: nothing asks after them now."""

from datetime import datetime

from sqlalchemy import Select, select

from channels.base import Outcome
from streams.store.tables import delivery, part, reached

OVER = (  # nothing more becomes of a part by itself, once it is not due any more
    Outcome.ACCEPTED,
    Outcome.DELIVERED,
    Outcome.REFUSED,
    Outcome.FAILED,
    Outcome.SUPERSEDED,
    Outcome.EXPIRED,
    Outcome.CANCELLED,
)


def in_doubt() -> Select[tuple[str, int, int, str, datetime]]:
    """Of each such person the part (its delivery, its number), his place, why nobody knows, and when he was sent to."""
    low = part.c.number * delivery.c.each
    return (
        select(part.c.delivery, part.c.number, reached.c.place, reached.c.cause, reached.c.at)
        .join(delivery, delivery.c.id == part.c.delivery)
        .join(reached, reached.c.delivery == part.c.delivery)
        .where(part.c.state.in_(OVER), part.c.due_at.is_(None), reached.c.state == Outcome.UNKNOWN)
        .where(reached.c.place.between(low, low + delivery.c.each - 1))
    )
