"""What a clock that is not believed holds up: what is due by it and cannot be called back. Reads, never writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, false, func, select

from channels.base import Nature, Outcome
from producers.house import House
from producers.schedule.acts import ACTS
from streams import triggers
from streams.clock_trust import Reading, doubts, judge, mark_of, read
from streams.outlets import endpoint_of
from streams.store.tables import endpoint, part


@dataclass(frozen=True)
class Held:
    """How this machine's clock stands, and how much waits for it."""

    reading: Reading
    doubted_at: datetime | None  # None: it is believed, and itself holds up nothing
    acts: int  # releases, tellings, reminders, the recount of a night
    sends: int  # parts of texts, mails and messages to groups
    doubts: tuple[datetime, ...] = ()  # since when each machine's clock is doubted that said so, this one's included
    elsewhere: Mapping[str, datetime] = field(default_factory=dict)  # of these, the other machines by their names


def held(house: House) -> Held:
    """As it is now; what is doubted by this look alone is not kept. Raises ``StoreUnavailable``."""
    reading = read(house.store)
    mark = judge(house.store.read(lambda c: mark_of(c, house.station)), reading)
    there = {**house.store.read(doubts)}
    there.pop(house.station, None)  # as it is by this look
    elsewhere = dict(there)
    if mark.doubted_at is not None:
        there[house.station] = mark.doubted_at
    if not there:
        return Held(reading, None, 0, 0)
    return Held(reading, mark.doubted_at, *waits(house), tuple(there.values()), elsewhere)


def waits(house: House) -> tuple[int, int]:
    """How many acts and parts are due and cannot be called back: what waits while a clock is doubted."""
    now = house.clock.now()
    acts = [name for name, act in ACTS.items() if act.by_a_true_clock]
    waiting = house.store.read(lambda c: triggers.how_many_are_due(c, now, acts))
    return waiting, house.store.read(lambda c: _sends(c, house, now))


def _sends(connection: Connection, house: House, now: datetime) -> int:
    enabled = connection.execute(select(endpoint).where(endpoint.c.state == "enabled"))
    there = [row.id for row in enabled if house.outlets.nature(endpoint_of(row)) is Nature.IRREVERSIBLE]
    due = (part.c.urgent == false(), part.c.due_at <= now, part.c.state == Outcome.PLANNED)
    wanted = select(func.count()).where(part.c.endpoint.in_(there), *due)
    return int(connection.execute(wanted).scalar_one())
