"""Whom a message would reach by name and what that costs, told before it goes. Reads, never writes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from channels.base import Rendition
from config.messages import say
from notices.notice import Message
from producers.house import House
from producers.say import Edition
from streams.outlets import Endpoint
from streams.plan import hears
from streams.quotas import NOBODY, WouldWait, would_wait
from streams.store.tables import message as messages
from streams.would_reach import would_reach


@dataclass(frozen=True)
class Reach:
    """One endpoint's share of a message."""

    endpoint: Endpoint
    people: int | None  # None: the outlet itself is the recipient
    price: Decimal  # yuan; of a rehearsal, what it would cost
    ceiling: Decimal | None = None  # yuan that it may cost unasked; a rehearsal has none
    waits: WouldWait = NOBODY  # of the people, who have it after today; a rehearsal has no quotas


class OverCeiling(Exception):
    """A message costs more than an endpoint's ceiling; the text names persons, price and ceiling of each."""


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


def allowed(reaches: Iterable[Reach], *, over_ceiling: bool) -> dict[str, dict[str, dict[str, str]]]:
    """What the audit keeps of a message that was let through above a ceiling; empty where none is in its way.

    Raises ``OverCeiling`` unless it may pass ``over_ceiling``.
    """
    found = [one for one in reaches if one.ceiling is not None and one.price > one.ceiling]
    if not found:
        return {}
    if not over_ceiling:
        raise OverCeiling("、".join(map(_beyond, found)))
    told = {
        one.endpoint.id: {"people": str(one.people), "price": str(one.price), "ceiling": str(one.ceiling)}
        for one in found
    }
    return {"over_ceiling": told}


def _beyond(one: Reach) -> str:
    values = {"people": f"{one.people or 0:,}", "price": f"{one.price:,.2f}", "ceiling": f"{one.ceiling:,.2f}"}
    return say("command.beyond", title=one.endpoint.title, **values)


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
        count, waits = None, NOBODY
        if channel.audience is not None:
            withdraws, sequence = message.withdrawal is not None, message.sequence
            count = would_reach(connection, found, channel, message.subject, sequence=sequence, withdraws=withdraws)
            waits = would_wait(connection, found, channel, message, count, house.clock.now())
        rendition = renditions.get(Edition(found.channel, channel.edition))
        cost = channel.price(rendition, count or 0) if rendition else Decimal(0)
        yield Reach(found, count, cost, channel.ceiling, waits)


def _hears(connection: Connection, house: House, message: Message, found: Endpoint) -> bool:
    """What it need not hear of (a minor correction) alerts nobody, unless what came before has still to go out."""
    minor = message.version.minor and message.is_correction
    withdraws = message.withdrawal is not None
    if hears(connection, message.subject, found, house.outlets, minor=minor, withdraws=withdraws):
        return True
    waiting = select(messages.c.id).where(messages.c.subject == message.subject, messages.c.planned_at.is_(None))
    return connection.execute(waiting.limit(1)).first() is not None
