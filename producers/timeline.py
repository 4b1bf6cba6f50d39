"""Everything that became of one notice: what people did, and each attempt at each outlet. Reads, never writes."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from config.channels import channel_tables
from producers.standings import Standing, of_messages
from streams.store.tables import attempt, audit, message

MOST = 40  # attempts of a delivery that are told one by one, the newest


@dataclass(frozen=True)
class Act:
    """What a person did."""

    at: datetime
    who: str
    act: str  # notice.released …
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One try at a step."""

    number: int
    part: int
    step: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str  # empty while it is under way
    cause: str
    note: str


@dataclass(frozen=True)
class Way:
    """One message's way to one endpoint; of many attempts only the newest are in ``attempts``, oldest first."""

    standing: Standing
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Timeline:
    """Everything of one notice: acts as they happened, ways with the newest message's first, channel by channel."""

    acts: tuple[Act, ...]
    ways: tuple[Way, ...]


def timeline(connection: Connection, subject: str, most: int = MOST) -> Timeline:
    """The timeline of ``subject``, ``most`` attempts of each delivery; empty for a notice that is not there."""
    said = connection.execute(select(message.c.id).where(message.c.subject == subject)).scalars()
    standings = of_messages(connection, list(said))
    attempts = _attempts(connection, [standing.delivery for standing in standings], most)
    order = {channel: place for place, channel in enumerate(channel_tables())}
    newest_first = sorted(standings, key=lambda one: (-one.sequence, order.get(one.channel, len(order))))
    return Timeline(_acts(connection, subject), tuple(Way(one, tuple(attempts[one.delivery])) for one in newest_first))


def _acts(connection: Connection, subject: str) -> tuple[Act, ...]:
    wanted = select(audit).where(audit.c.subject == subject).order_by(audit.c.at, audit.c.office, audit.c.number)
    return tuple(Act(row.at, row.who, row.act, json.loads(row.detail)) for row in connection.execute(wanted))


def _attempts(connection: Connection, deliveries: Sequence[str], most: int) -> dict[str, list[Attempt]]:
    place = func.row_number().over(partition_by=attempt.c.delivery, order_by=attempt.c.id.desc()).label("place")
    every = select(attempt, place).where(attempt.c.delivery.in_(deliveries)).subquery()
    found: dict[str, list[Attempt]] = defaultdict(list)
    for row in connection.execute(select(every).where(every.c.place <= most).order_by(every.c.id)):
        found[row.delivery].append(
            Attempt(
                number=row.number,
                part=row.part,
                step=row.step,
                started_at=row.started_at,
                ended_at=row.ended_at,
                outcome=row.outcome or "",
                cause=row.cause,
                note=row.note,
            )
        )
    return found
