"""Whom a part of a delivery goes to: its places of the edition, and of those who is to have this message."""

from collections.abc import Collection, Set
from functools import partial
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, select

from channels.base import Outcome, Recipient
from streams.seal import Seal
from streams.store.tables import delivery, opted_out, part, reached, recipient

HAD = (Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.UNKNOWN)  # it arrived, or may have

_FIRST, _LAST = bindparam("low", type_=Integer), bindparam("high", type_=Integer)
_EARLIER = (
    delivery.c.endpoint == bindparam("at"),
    delivery.c.subject == bindparam("of_subject"),
    delivery.c.subject_sequence < bindparam("before"),
)
LISTED = (
    select(recipient.c.place, recipient.c.sealed)
    .where(recipient.c.audience == bindparam("of_audience"), recipient.c.edition == bindparam("of_edition"))
    .where(recipient.c.place.between(_FIRST, _LAST))
    .where(
        ~select(opted_out.c.blind)
        .where(opted_out.c.office == bindparam("of_office"), opted_out.c.blind == recipient.c.blind)
        .exists()
    )
    .order_by(recipient.c.place)
)
TOLD = (
    select(reached.c.delivery, reached.c.place, reached.c.state)
    .join(delivery, delivery.c.id == reached.c.delivery)
    .where(*_EARLIER, reached.c.place.between(_FIRST, _LAST))
)
PARTS = (
    select(part.c.delivery, part.c.state)
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(*_EARLIER, part.c.number == bindparam("of_number"))
)


def recipients(
    connection: Connection, row: "Row[Any]", *, office: str, withdraws: bool, seal: Seal
) -> tuple[Recipient, ...]:
    """The recipients of a row of ``part`` with its delivery's ``audience``, ``edition`` and ``each``."""
    low = row.number * row.each
    named = {"of_audience": row.audience, "of_edition": row.edition, "of_office": office}
    places = {"low": low, "high": low + row.each - 1}
    listed = {found.place: found.sealed for found in connection.execute(LISTED, named | places)}
    wanted: Collection[int] = listed
    if row.subject_sequence > 1:
        earlier = {"at": row.endpoint, "of_subject": row.subject, "before": row.subject_sequence}
        told = [(one.delivery, one.place, Outcome(one.state)) for one in connection.execute(TOLD, earlier | places)]
        parts = connection.execute(PARTS, earlier | {"of_number": row.number})
        states = {one.delivery: Outcome(one.state) for one in parts}
        wanted = concerned(listed.keys(), told, states, withdraws=withdraws)
    return tuple(Recipient(place, partial(seal.open, listed[place])) for place in sorted(wanted))


def concerned(
    listed: Set[int], told: Collection[tuple[str, int, Outcome]], earlier: dict[str, Outcome], *, withdraws: bool
) -> Set[int]:
    """Who is to hear of a correction or a withdrawal: whoever had an earlier message, or may have had it.

    A correction that took the place of a text which never went out goes to those, too, who were to have that one.
    ``told`` is what is known of each place in each earlier delivery, ``earlier`` how this part of each of them ended.
    """
    had = {place for _, place, state in told if state in HAD}
    for name, state in earlier.items():
        if state is Outcome.UNKNOWN:
            had |= listed - {place for delivery_, place, _ in told if delivery_ == name}
    if not had and not withdraws and Outcome.SUPERSEDED in earlier.values():
        return listed
    return had & listed
