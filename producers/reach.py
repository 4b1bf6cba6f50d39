"""Whom a message would reach by name and what that costs, told before it goes. Reads, never writes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from channels.base import Rendition
from notices.notice import Message
from producers.house import House
from producers.say import Edition
from streams.outlets import Endpoint
from streams.plan import hears
from streams.store.tables import message as messages
from streams.would_reach import would_reach


@dataclass(frozen=True)
class Reach:
    """One endpoint's share of a message."""

    endpoint: Endpoint
    people: int | None  # None: the outlet itself is the recipient
    price: Decimal  # yuan; of a rehearsal, what it would cost


Ask = Callable[[Sequence[Reach]], None]  # raises where nobody lets the message go


def unasked(_: Sequence[Reach]) -> None:
    """Whoever says a message by a program has been asked before."""


def reach(
    house: House, message: Message, endpoints: Iterable[Endpoint], renditions: Mapping[Edition, Rendition]
) -> tuple[Reach, ...]:
    """Each of the ``endpoints`` that ``message`` would be sent to; one without a rendition costs nothing."""

    def read(connection: Connection) -> tuple[Reach, ...]:
        return tuple(_reaches(connection, house, message, endpoints, renditions))

    return house.store.read(read)


def people(reaches: Iterable[Reach]) -> int | None:
    """How many persons in all; None where no outlet speaks to any. Rehearsals reach nobody."""
    counts = [one.people for one in reaches if one.people is not None and not one.endpoint.pretend]
    return sum(counts) if counts else None


def price(reaches: Iterable[Reach]) -> Decimal:
    """What it costs in all, in yuan. Rehearsals cost nothing."""
    return sum((one.price for one in reaches if not one.endpoint.pretend), Decimal(0))


def _reaches(
    connection: Connection,
    house: House,
    message: Message,
    endpoints: Iterable[Endpoint],
    renditions: Mapping[Edition, Rendition],
) -> Iterator[Reach]:
    for found in endpoints:
        if not _hears(connection, house, message, found):
            continue
        channel = house.outlets.channel(found)
        count = None
        if channel.audience is not None:
            withdraws, sequence = message.withdrawal is not None, message.sequence
            count = would_reach(connection, found, channel, message.subject, sequence=sequence, withdraws=withdraws)
        rendition = renditions.get(Edition(found.channel, channel.edition))
        yield Reach(found, count, channel.price(rendition, count or 0) if rendition else Decimal(0))


def _hears(connection: Connection, house: House, message: Message, found: Endpoint) -> bool:
    """A minor correction alerts nobody, unless what it corrects has still to go out."""
    minor = message.version.minor and message.is_correction
    if hears(connection, message.subject, found, house.outlets, minor=minor):
        return True
    waiting = select(messages.c.id).where(messages.c.subject == message.subject, messages.c.planned_at.is_(None))
    return connection.execute(waiting.limit(1)).first() is not None
