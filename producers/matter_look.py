"""A matter as staff look at it: where it stands, what comes next and why, and what stands against deciding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from config.matters import tellings
from notices.matter import Matter, Obstacle, obstacle
from notices.occasions import Occasion, occasions
from notices.staleness import COLUMN
from notices.steps import Step, phase, steps
from producers.house import House
from producers.lookup import address
from streams import triggers
from streams.duties import Owed, duties_of
from streams.explaining import with_explanation
from streams.follow import name_of, subject_of
from streams.matters import UnknownMatter, listed, matter_of, patience_of, row_of
from streams.triggers import State


@dataclass(frozen=True)
class Coming:
    """What will be told by itself, and when."""

    at: datetime
    what: str
    occasion: Occasion | None  # what it rests on; None: it is none any more, and nothing will be said
    cause: str  # why it waits, where it is due already


@dataclass(frozen=True)
class Look:
    """One matter."""

    matter: Matter
    phase: str
    steps: Sequence[Step]
    coming: Sequence[Coming]
    duties: Sequence[Owed]  # of its notices, that are open
    against: Obstacle | None  # why nothing may be decided yet; None: it may, or was
    address: str | None  # of its page


def look(house: House, office: str, number: str) -> Look:
    """The matter of that number. Raises ``UnknownMatter``."""
    return house.store.read(lambda c: _look(c, house, office, number))


def looks(house: House, office: str) -> list[Look]:
    """Every matter of the office, the newest first."""
    return house.store.read(lambda c: [_look(c, house, office, row.number) for row in listed(c, [office])])


def _look(connection: Connection, house: House, office: str, number: str) -> Look:
    own, now = house.outlets.office(office), house.clock.now()
    found, row = matter_of(connection, office, number, patience_of(connection, own)), row_of(connection, office, number)
    if found is None or row is None:
        raise UnknownMatter(number)
    found = with_explanation(connection, found, house.outlets)
    planned = triggers.of_subjects(connection, [subject_of(office, number)])
    wanted = {name_of(found, one): one for one in occasions(found)}
    coming = [
        Coming(one.due_at, tellings()[one.detail["event"]].label, wanted.get(one.id), one.cause)
        for one in planned
        if one.state is State.PLANNED
    ]
    notices = sorted({word.notice for word in found.words})
    duties = [
        duty
        for name in notices
        for duty in duties_of(connection, name)
        if duty.done_at is None and duty.begun != COLUMN
    ]
    public_url = house.configuration.public_url + own.path
    return Look(
        found,
        phase(found, now),
        steps(found, now),
        coming,
        duties,
        None if found.decision else obstacle(found, now),
        address(public_url, row.notice) if row.notice else None,
    )
