"""What arrived at an endpoint: rows of ``part`` for ``streams.work.work_of``. Reads, never writes."""

from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from channels.base import Outcome
from producers.house import House
from streams.store.tables import delivery, part

ARRIVED = (Outcome.DELIVERED, Outcome.ACCEPTED)


def everything(house: House, of: str) -> "list[Row[Any]]":
    """All of it, in the order in which it was planned."""
    return list(house.store.read(lambda c: c.execute(_wanted(of)).all()))


def newest(house: House, of: str) -> "list[Row[Any]]":
    """The newest of every subject."""
    last = (
        select(delivery.c.subject, func.max(delivery.c.subject_sequence).label("newest"))
        .where(delivery.c.endpoint == of, delivery.c.state.in_(ARRIVED))
        .group_by(delivery.c.subject)
        .subquery()
    )
    same = and_(last.c.subject == delivery.c.subject, last.c.newest == delivery.c.subject_sequence)
    return list(house.store.read(lambda c: c.execute(_wanted(of).join(last, same)).all()))


def _wanted(of: str) -> "Select[Any]":
    """The first part of what went to the outlet itself: persons cannot be read."""
    return (
        select(part, delivery.c.message, delivery.c.parts, delivery.c.audience)
        .join(delivery, delivery.c.id == part.c.delivery)
        .where(delivery.c.endpoint == of, delivery.c.state.in_(ARRIVED), part.c.number == 0)
        .where(delivery.c.audience.is_(None))
        .order_by(delivery.c.sequence)
    )
