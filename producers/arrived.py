"""What arrived at an endpoint: rows of ``part`` for ``streams.work.work_of``. Reads, never writes."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from channels.base import Outcome
from producers.house import House
from streams.store.tables import delivery, part

ARRIVED = (Outcome.DELIVERED, Outcome.ACCEPTED)
AT_ONCE = 500  # deliveries in one question


def names(house: House, of: str) -> list[str]:
    """The deliveries, in the order in which they were planned."""
    wanted = select(delivery.c.id).where(delivery.c.endpoint == of, delivery.c.state.in_(ARRIVED))
    wanted = wanted.where(delivery.c.audience.is_(None)).order_by(delivery.c.sequence)
    return list(house.store.read(lambda c: c.execute(wanted).scalars()))


def everything(house: House, of: str, deliveries: Sequence[str]) -> "Iterator[Row[Any]]":
    """What is to be known of some deliveries, in the order in which they were planned."""
    for first in range(0, len(deliveries), AT_ONCE):
        wanted = _wanted(of).where(delivery.c.id.in_(deliveries[first : first + AT_ONCE]))
        yield from house.store.read(lambda c, wanted=wanted: c.execute(wanted).all())  # type: ignore[misc]  # a query


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
