"""What a channel's quotas of a day are held against: handed to it with its work, told before a message goes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from channels.base import Channel, Outcome, Today
from notices.notice import Message, Urgency
from streams.outlets import Endpoint, Outlets
from streams.persons import NoRecipients, persons_of
from streams.spent import Places, hold_office, spent_today, texts_today
from streams.would_reach import WHOLE, goes_to


def used_today(
    connection: Connection, found: Endpoint, channel: Channel, row: "Row[Any]", message: Message
) -> tuple[Today | None, Mapping[int, int]]:
    """The day and what the endpoint has used of it, and how often each of a part's recipients was reached, by place.

    Only where ``channel`` has quotas, and of what is to be sent: counted in the transaction that says so. Emergencies
    are not counted for: nothing holds them.
    """
    sends = row.state == Outcome.PLANNED and row.audience is not None and message.urgency is not Urgency.EMERGENCY
    if not sends or (channel.daily is None and channel.daily_each is None):
        return None, {}
    now, each = channel.tools.clock.now(), Counter[int]()
    if channel.daily_each is not None:
        hold_office(connection, found.office)
        low = row.number * row.each
        places = Places(row.audience, row.edition, low, low + row.each - 1)
        each = texts_today(connection, found.office, found.channel, places, now)
    return spent_today(connection, found.id, now), each


def goes_alone(outlets: Outlets, found: Endpoint) -> bool:
    """Whether what it may send hangs on what others of its office send: two such turns share no transaction."""
    try:
        return outlets.channel(found).daily_each is not None
    except Exception:  # options that its channel does not take: its turn says so
        return False


@dataclass(frozen=True)
class WouldWait:
    """Persons whom a message goes to after today, for the quotas of an endpoint as they stand."""

    daily: int = 0  # beyond what the endpoint still sends today
    daily_each: int = 0  # had their texts of today


NOBODY = WouldWait()


def would_wait(
    connection: Connection, found: Endpoint, channel: Channel, message: Message, people: int, now: datetime
) -> WouldWait:
    """How many of the ``people`` whom ``message`` goes to at ``found`` would have it after the day of ``now``."""
    if message.urgency is Urgency.EMERGENCY:
        return NOBODY
    had = 0 if channel.daily_each is None else _had_enough(connection, found, channel, channel.daily_each, message, now)
    if channel.daily is None:
        return WouldWait(daily_each=had)
    left = max(0, channel.daily - spent_today(connection, found.id, now).spent)
    return WouldWait(max(0, people - had - left), had)


def _had_enough(
    connection: Connection, found: Endpoint, channel: Channel, most: int, message: Message, now: datetime
) -> int:
    try:
        persons = persons_of(connection, found, channel, message.subject)
    except NoRecipients:
        return 0
    places = Places(persons.audience, persons.edition, **WHOLE)
    texts = texts_today(connection, found.office, found.channel, places, now)
    enough = {place for place, many in texts.items() if many >= most}
    withdraws = message.withdrawal is not None
    parts = goes_to(connection, persons, found, message.subject, sequence=message.sequence, withdraws=withdraws)
    return sum(len(places & enough) for places in parts)
