"""What became of deliveries at the persons they go to, as numbers of persons. Names nobody; reads, never writes."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from channels.base import Outcome
from notices.notice import MessageKind
from streams.outlets import Endpoint, endpoint_of
from streams.persons import Persons
from streams.store.tables import delivery, endpoint, message, part, reached
from streams.would_reach import goes_to

FIELDS: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "taken",
    Outcome.DELIVERED: "arrived",
    Outcome.FAILED: "failed",
    Outcome.REFUSED: "refused",
    Outcome.UNKNOWN: "unknown",
    Outcome.PLANNED: "waiting",
    Outcome.SENDING: "waiting",
    Outcome.PARKED: "waiting",
    Outcome.SUPERSEDED: "left_out",
    Outcome.EXPIRED: "left_out",
    Outcome.CANCELLED: "left_out",
    Outcome.PRETENDED: "rehearsed",
}


@dataclass(frozen=True)
class Totals:
    """Persons of one delivery, each counted once."""

    arrived: int = 0
    taken: int = 0  # by the outlet, which has not said whether it arrived
    waiting: int = 0  # still to be sent to
    failed: int = 0
    refused: int = 0
    unknown: int = 0
    left_out: int = 0  # not sent to any more: overtaken, withdrawn, expired
    rehearsed: int = 0


def totals(connection: Connection, deliveries: Collection[str]) -> dict[str, Totals]:
    """By delivery, of those that go to persons and have a list of them."""
    wanted = (
        select(delivery, message.c.kind)
        .join(message, message.c.id == delivery.c.message)
        .where(delivery.c.id.in_(deliveries), delivery.c.audience.is_not(None))
    )
    rows = connection.execute(wanted).all()
    at = select(endpoint).where(endpoint.c.id.in_({row.endpoint for row in rows}))
    endpoints = {row.id: endpoint_of(row) for row in connection.execute(at)}
    return {row.id: _of(connection, row, endpoints[row.endpoint]) for row in rows}


def _of(connection: Connection, row: "Row[Any]", found: Endpoint) -> Totals:
    counts: Counter[str] = Counter()
    of_state = select(reached.c.state, func.count()).where(reached.c.delivery == row.id).group_by(reached.c.state)
    for state, count in connection.execute(of_state):
        counts[FIELDS[Outcome(state)]] += count
    for state, silent in _silent(connection, row, found).items():
        counts[FIELDS[state]] += silent
    return Totals(**counts)


def _silent(connection: Connection, row: "Row[Any]", found: Endpoint) -> Mapping[Outcome, int]:
    """How many nothing is known of by themselves: it stands with them as with their part."""
    persons = Persons(row.audience, row.edition, row.parts, row.each)
    withdraws, sequence = row.kind == MessageKind.WITHDRAWAL, row.subject_sequence
    wanted = goes_to(connection, persons, found, row.subject, sequence=sequence, withdraws=withdraws)
    told: defaultdict[int, set[int]] = defaultdict(set)
    for place in connection.execute(select(reached.c.place).where(reached.c.delivery == row.id)).scalars():
        told[place // row.each].add(place)
    found_of: Counter[Outcome] = Counter()
    states = select(part.c.number, part.c.state).where(part.c.delivery == row.id)
    for number, state in connection.execute(states):
        found_of[Outcome(state)] += len(wanted[number] - told[number])
    return found_of
