"""How many persons a message would reach that is not planned yet. Reads, never writes, and opens no number."""

from collections import defaultdict
from collections.abc import Set

from sqlalchemy import Connection, select

from channels.base import Channel, Outcome
from notices.notice import MessageKind
from streams.outlets import Endpoint
from streams.persons import NoRecipients, Persons, persons_of
from streams.recipients import EARLIER, LISTED, TOLD, Earlier, concerned
from streams.store.tables import delivery, message, part, recipient

WHOLE = {"low": 0, "high": 2**31 - 1}  # places of an edition: all of them

PLACES = LISTED.with_only_columns(recipient.c.place)
PARTS = (
    select(part.c.delivery, part.c.number, part.c.state, message.c.kind)
    .join(delivery, delivery.c.id == part.c.delivery)
    .join(message, message.c.id == delivery.c.message)
    .where(*EARLIER)
    .order_by(part.c.subject_sequence)
)


def would_reach(
    connection: Connection, found: Endpoint, channel: Channel, subject: str, *, sequence: int, withdraws: bool
) -> int:
    """How many persons the message number ``sequence`` of ``subject`` would go to at ``found``, as things stand.

    Nobody where there is no list yet.
    """
    try:
        persons = persons_of(connection, found, channel, subject)
    except NoRecipients:
        return 0
    return sum(map(len, goes_to(connection, persons, found, subject, sequence=sequence, withdraws=withdraws)))


def goes_to(
    connection: Connection, persons: Persons, found: Endpoint, subject: str, *, sequence: int, withdraws: bool
) -> list[Set[int]]:
    """Of each part, the places that the message number ``sequence`` of ``subject`` is for."""
    named = {"of_audience": persons.audience, "of_edition": persons.edition, "of_office": found.office}
    listed: defaultdict[int, set[int]] = defaultdict(set)
    for place in connection.execute(PLACES, named | WHOLE).scalars():
        listed[place // persons.each].add(place)
    earlier = _earlier(connection, persons, found.id, subject, sequence)
    return [concerned(listed[number], earlier[number], withdraws=withdraws) for number in range(persons.parts)]


def _earlier(
    connection: Connection, persons: Persons, at: str, subject: str, sequence: int
) -> defaultdict[int, list[Earlier]]:
    """By part: what became of it in the earlier messages, the oldest first."""
    named = {"at": at, "of_subject": subject, "before": sequence}
    told: defaultdict[tuple[str, int], dict[int, Outcome]] = defaultdict(dict)
    for one in connection.execute(TOLD, named | WHOLE):
        told[one.delivery, one.place // persons.each][one.place] = Outcome(one.state)
    found: defaultdict[int, list[Earlier]] = defaultdict(list)
    for row in connection.execute(PARTS, named):
        withdrew, state = row.kind == MessageKind.WITHDRAWAL, Outcome(row.state)
        # under way at this moment: whoever it is for may have it before what comes next is planned
        state = Outcome.UNKNOWN if state is Outcome.SENDING else state
        found[row.number].append(Earlier(state, withdrew, told[row.delivery, row.number]))
    return found
