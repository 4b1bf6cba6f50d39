"""Whom a part of a delivery goes to: its places of the edition, and of those who is to have this message."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, select

from channels.base import Outcome, Recipient
from notices.notice import MessageKind
from streams.seal import Seal
from streams.store.tables import delivery, edition, message, opted_out, part, reached, recipient

HAD = (Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.UNKNOWN)  # it arrived, or may have
OPEN = (Outcome.ACCEPTED, Outcome.UNKNOWN)  # a receipt may still tell
NEVER_WENT = (Outcome.PLANNED, Outcome.PARKED, Outcome.SUPERSEDED)  # what follows it takes its place

_FIRST, _LAST = bindparam("low", type_=Integer), bindparam("high", type_=Integer)
_NUMBER = bindparam("of_number", type_=Integer)
EARLIER = (
    delivery.c.endpoint == bindparam("at"),
    delivery.c.subject == bindparam("of_subject"),
    delivery.c.subject_sequence < bindparam("before"),
    delivery.c.audience.is_not(None),
)
_WANTS_NOTHING = select(opted_out.c.blind).where(
    opted_out.c.office == bindparam("of_office"), opted_out.c.blind == recipient.c.blind
)
_LISTED = (
    select(recipient.c.place, recipient.c.sealed)
    .join(edition, (edition.c.audience == recipient.c.audience) & (edition.c.number == recipient.c.edition))
    .where(recipient.c.audience == bindparam("of_audience"), recipient.c.edition == bindparam("of_edition"))
    .where(recipient.c.place.between(_FIRST, _LAST), edition.c.erased_at.is_(None))
    .order_by(recipient.c.place)
)
LISTED = _LISTED.where(~_WANTS_NOTHING.exists())
LISTED_THEN = _LISTED.where(  # who wants nothing more since may have been sent to all the same
    ~_WANTS_NOTHING.where(opted_out.c.at <= bindparam("of_doubt")).exists()
)
TOLD = (
    select(reached.c.delivery, reached.c.place, reached.c.state)
    .join(delivery, delivery.c.id == reached.c.delivery)
    .where(*EARLIER, reached.c.place.between(_FIRST, _LAST))
)
PARTS = (
    select(part.c.delivery, part.c.state, message.c.kind)
    .join(delivery, delivery.c.id == part.c.delivery)
    .join(message, message.c.id == delivery.c.message)
    .where(*EARLIER, part.c.number == _NUMBER)
    .order_by(part.c.subject_sequence)
)
HERE = select(reached.c.place, reached.c.state, reached.c.reference).where(
    reached.c.delivery == bindparam("of_delivery"), reached.c.place.between(_FIRST, _LAST)
)
STATES = (  # what became of this part so far
    select(reached.c.state)
    .join(delivery, delivery.c.id == reached.c.delivery)
    .where(reached.c.delivery == bindparam("of_delivery"))
    .where(reached.c.place.between(_NUMBER * delivery.c.each, (_NUMBER + 1) * delivery.c.each - 1))
    .distinct()
)


@dataclass(frozen=True)
class Earlier:
    """This part of an earlier message of the subject: how it ended, and what is known of places in it."""

    state: Outcome
    withdraws: bool
    told: dict[int, Outcome]


def recipients(
    connection: Connection,
    row: "Row[Any]",
    *,
    office: str,
    withdraws: bool,
    seal: Seal,
    doubted_since: datetime | None = None,
    had_today: Mapping[int, int] = MappingProxyType({}),
) -> tuple[Recipient, ...]:
    """The recipients of a row of ``part`` with its delivery's ``audience``, ``edition`` and ``each``.

    To send to: who is to have it and was not sent to yet, so that no repeat of a step reaches anybody twice. To ask
    after: who was sent to and of whom nothing final is known. To look up: whom the request was for that began at
    ``doubted_since``, whatever they want by now. ``had_today`` is how often each was reached today, by place.
    """
    low = row.number * row.each
    named = {"of_audience": row.audience, "of_edition": row.edition, "of_office": office}
    places = {"low": low, "high": low + row.each - 1}
    listing, then = (LISTED, {}) if doubted_since is None else (LISTED_THEN, {"of_doubt": doubted_since})
    listed = dict(connection.execute(listing, named | places | then).all())
    here = {one.place: one for one in connection.execute(HERE, places | {"of_delivery": row.delivery})}
    if row.state == Outcome.ACCEPTED:
        wanted: Set[int] = {place for place in listed if place in here and here[place].state in OPEN}
    else:
        earlier = _earlier(connection, row, places) if row.subject_sequence > 1 else []
        wanted = concerned(listed.keys(), earlier, withdraws=withdraws) - here.keys()
    references = {place: one.reference for place, one in here.items()}
    return tuple(
        Recipient(place, partial(seal.open, listed[place]), references.get(place, ""), had_today.get(place, 0))
        for place in sorted(wanted)
    )


def concerned(listed: Set[int], earlier: Sequence[Earlier], *, withdraws: bool) -> Set[int]:
    """Who is to have a message after the ``earlier`` ones, in order: of those ``listed``, by place.

    The first one is everybody's. What follows is for whoever had an earlier one or may have had it: in a part that went
    out, that is everyone it was for, unless it is told otherwise of him. A correction is also for those who were to
    have a text that never went out.
    """
    had: Set[int] = set()
    owed: Set[int] = listed  # who is to have the subject's text and has had none of it
    for one in earlier:
        to = had if one.withdraws else had | owed
        silent = to - one.told.keys()
        had = had | {place for place, state in one.told.items() if state in HAD}
        had = had | silent if one.state in HAD else had
        owed = owed & silent if one.state in NEVER_WENT and not one.withdraws else set()
    return had & listed if withdraws else (had | owed) & listed


def _earlier(connection: Connection, row: "Row[Any]", places: dict[str, int]) -> list[Earlier]:
    named = {"at": row.endpoint, "of_subject": row.subject, "before": row.subject_sequence}
    told: defaultdict[str, dict[int, Outcome]] = defaultdict(dict)
    for one in connection.execute(TOLD, named | places):
        told[one.delivery][one.place] = Outcome(one.state)
    return [
        Earlier(Outcome(one.state), one.kind == MessageKind.WITHDRAWAL, told[one.delivery])
        for one in connection.execute(PARTS, named | {"of_number": row.number})
    ]
