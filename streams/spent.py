"""How often persons were reached today, or may have been: what the quotas of a day are held against.

Counted is what is written down (`reached`), but for what was surely refused; and, of a part that is being sent or of
which nobody knows whether it was, everybody of whom nothing is written down. That may be too many until it is known,
never too few.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, Select, bindparam, func, literal_column, select

from channels.base import Outcome, Today
from config.clock import day_of
from streams.receipt import PLACES
from streams.store.tables import attempt, audience, delivery, endpoint, part, reached, recipient

# Spelled out, for the indexes are of these rows only: `reached_by_day`, `part_in_doubt`.
_WENT = reached.c.state != literal_column(f"'{Outcome.REFUSED}'")
_DOUBTED = part.c.state == literal_column(f"'{Outcome.UNKNOWN}'")
_ON_THE_DAY = (reached.c.at >= bindparam("begins"), reached.c.at < bindparam("ends"), _WENT)
_AT: BindParameter[str] = bindparam("at", expanding=True)
# A question to each delivery by itself: no database is led to read all that was ever reached.
_OF_DELIVERY = (reached.c.delivery == delivery.c.id, *_ON_THE_DAY)
_MANY = select(func.count()).select_from(reached).where(*_OF_DELIVERY).scalar_subquery()
_ANY = select(reached.c.at).where(*_OF_DELIVERY).limit(1).scalar_subquery()
_TO_PERSONS = (delivery.c.endpoint.in_(_AT), delivery.c.audience.is_not(None))

SIBLINGS = select(endpoint.c.id).where(
    endpoint.c.office == bindparam("of_office"), endpoint.c.channel == bindparam("of_channel"), ~endpoint.c.pretend
)
SPENT = select(func.coalesce(func.sum(_MANY), 0)).where(*_TO_PERSONS)
DELIVERIES: Select[Any] = select(delivery.c.id, delivery.c.audience, delivery.c.edition).where(
    *_TO_PERSONS, _ANY.is_not(None)
)
_BEGAN = (
    select(func.max(attempt.c.started_at))
    .where(attempt.c.delivery == part.c.delivery, attempt.c.part == part.c.number)
    .where(attempt.c.outcome == Outcome.UNKNOWN)
    .scalar_subquery()
)
_PART: Select[Any] = (
    select(part.c.delivery, part.c.number, delivery.c.audience, delivery.c.edition, delivery.c.each)
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(part.c.endpoint.in_(_AT), delivery.c.audience.is_not(None))
)
SENDING = _PART.where(part.c.due_at.is_not(None), part.c.state == Outcome.SENDING)  # which has a time: found by index
UNKNOWN = _PART.where(_DOUBTED, _BEGAN.between(bindparam("begins"), bindparam("ends")))

# One index at a time, as in `streams.receipt`: joined, they leave too much to a database that knows little of its
# tables.
_BETWEEN = (bindparam("low", type_=Integer), bindparam("high", type_=Integer))
_PLACES: BindParameter[int] = bindparam("places", expanding=True)
_LISTED = (recipient.c.audience == bindparam("of_audience"), recipient.c.edition == bindparam("of_edition"))
BLINDS = select(recipient.c.blind, recipient.c.place).where(*_LISTED, recipient.c.place.between(*_BETWEEN))
HOW_MANY = select(func.count()).select_from(recipient).where(*_LISTED, recipient.c.place.between(*_BETWEEN))
_TEXT = reached.c.delivery == bindparam("of_delivery")
HOW_MANY_TOLD = select(func.count()).select_from(reached).where(_TEXT, reached.c.place.between(*_BETWEEN))
TOLD = select(reached.c.place, reached.c.state, reached.c.at).where(_TEXT, reached.c.place.in_(_PLACES))
LOCK = (
    select(audience.c.id).where(audience.c.office == bindparam("of_office")).order_by(audience.c.id).with_for_update()
)
AT_ONCE = 1_000  # recipients that are looked up in one question


@dataclass(frozen=True)
class Places:
    """Some of an edition's recipients."""

    audience: str
    edition: int
    low: int
    high: int


def spent_today(connection: Connection, at: str, now: datetime) -> Today:
    """The day of ``now``, and how many recipients the endpoint ``at`` has reached on it, or may have."""
    begins, ends = day_of(now)
    day = {"at": [at], "begins": begins, "ends": ends}
    spent = int(connection.execute(SPENT, day).scalar_one())
    for row in _doubts(connection, day):
        many, told = (connection.execute(query, _of(row)).scalar_one() for query in (HOW_MANY, HOW_MANY_TOLD))
        spent += max(0, many - told)
    return Today(begins, ends, spent)


def texts_today(connection: Connection, office: str, channel: str, places: Places, now: datetime) -> "Counter[int]":
    """How often each of the ``places`` was reached on the day of ``now``, or may have been.

    By all endpoints that the office has of the channel, whichever list a number stands in.
    """
    begins, ends = day_of(now)
    at = connection.execute(SIBLINGS, {"of_office": office, "of_channel": channel}).scalars().all()
    day = {"at": at, "begins": begins, "ends": ends}
    deliveries = connection.execute(DELIVERIES, day).all()
    doubts = list(_doubts(connection, day))
    found: Counter[int] = Counter()
    for low in range(places.low, places.high + 1, AT_ONCE) if deliveries or doubts else ():
        between = {"low": low, "high": min(low + AT_ONCE - 1, places.high)}
        mine = {"of_audience": places.audience, "of_edition": places.edition}
        here = {row.blind: row.place for row in connection.execute(BLINDS, mine | between)}
        if not here:
            break  # places have no gaps: behind the last one there is nobody
        for row in deliveries:
            there = _there(connection, places, here, row)
            told = connection.execute(TOLD, {"of_delivery": row.id, "places": list(there)}).all()
            found.update(there[one.place] for one in told if begins <= one.at < ends and one.state != Outcome.REFUSED)
        for row in doubts:
            there, of = _there(connection, places, here, row), _of(row)
            may = [place for place in there if of["low"] <= place <= of["high"]]
            known = {one.place for one in connection.execute(TOLD, {"of_delivery": row.delivery, "places": may})}
            found.update(there[place] for place in may if place not in known)
    return found


def hold_office(connection: Connection, office: str) -> None:
    """Let no other transaction begin to send to the office's persons before this one ends, where it could."""
    connection.execute(LOCK, {"of_office": office})


def _doubts(connection: Connection, day: Mapping[str, Any]) -> "Iterator[Row[Any]]":
    """The parts that are being sent, or of which nobody knows whether they were."""
    for query in (SENDING, UNKNOWN):
        yield from connection.execute(query, day).all()


def _there(connection: Connection, of: Places, here: Mapping[str, int], row: "Row[Any]") -> Mapping[int, int]:
    """Where the persons ``here`` stand in the list that a delivery went to: its place → ours."""
    if (row.audience, row.edition) == (of.audience, of.edition):
        return {place: place for place in here.values()}
    named = {"of_audience": row.audience, "of_edition": row.edition, "blinds": sorted(here)}
    return {one.place: here[one.blind] for one in connection.execute(PLACES, named)}


def _of(row: "Row[Any]") -> dict[str, Any]:
    """The parameters that name a part's persons."""
    low = row.number * row.each
    part_of = {"of_delivery": row.delivery, "of_audience": row.audience, "of_edition": row.edition}
    return part_of | {"low": low, "high": low + row.each - 1}
