"""What arrived at an endpoint: rows of ``part`` for ``streams.work.work_of``. Reads, never writes."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select

from channels.base import Outcome
from producers.house import House
from streams.store.tables import delivery, part

ARRIVED = (Outcome.DELIVERED, Outcome.ACCEPTED)
AT_ONCE = 500  # deliveries in one question


def names(house: House, of: str, states: Sequence[Outcome]) -> list[str]:
    """The deliveries that are in these states, in the order in which they were planned; not as they were when the
    ledger last added them up, but now."""
    now = select(part.c.delivery).join(delivery, delivery.c.id == part.c.delivery).where(*_of(of))
    wanted = now.where(part.c.state.in_(states)).order_by(delivery.c.sequence)
    return list(house.store.read(lambda c: c.execute(wanted).scalars()))


def everything(house: House, of: str, deliveries: Sequence[str]) -> "Iterator[Row[Any]]":
    """What is to be known of some deliveries, in the order in which they were planned."""
    for first in range(0, len(deliveries), AT_ONCE):
        some = _rows(of).where(delivery.c.id.in_(deliveries[first : first + AT_ONCE]))
        yield from house.store.read(lambda c, some=some: c.execute(some).all())  # type: ignore[misc]  # a query


def newest(house: House, of: str) -> "list[Row[Any]]":
    """The newest of every subject."""
    last = (
        select(delivery.c.subject, func.max(delivery.c.subject_sequence).label("newest"))
        .where(delivery.c.endpoint == of, delivery.c.state.in_(ARRIVED))
        .group_by(delivery.c.subject)
        .subquery()
    )
    same = and_(last.c.subject == delivery.c.subject, last.c.newest == delivery.c.subject_sequence)
    return list(
        house.store.read(lambda c: c.execute(_rows(of).where(delivery.c.state.in_(ARRIVED)).join(last, same)).all())
    )


def _rows(of: str) -> "Select[Any]":
    return (
        select(part, delivery.c.message, delivery.c.parts, delivery.c.audience)
        .join(delivery, delivery.c.id == part.c.delivery)
        .where(*_of(of))
        .order_by(delivery.c.sequence)
    )


def _of(of: str) -> "tuple[ColumnElement[bool], ...]":
    """The first part of what went to the outlet itself: persons cannot be read."""
    return delivery.c.endpoint == of, part.c.number == 0, delivery.c.audience.is_(None)
