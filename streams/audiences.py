"""Audiences: whom an outlet that speaks to persons speaks to. A list is read into an edition, which never changes.

A delivery names the edition it was planned for, so a list that is replaced meanwhile changes nobody's place in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from channels.base import Outcome
from streams import audit
from streams.seal import Seal
from streams.store.store import Store, Tx
from streams.store.tables import audience, delivery, edition, opted_out, part, recipient

ROWS = 2_000  # recipients in one transaction: bounds how long others wait
ABANDONED = timedelta(days=1)  # an edition that is not complete by then never will be


class UnknownAudience(Exception):
    """There is no audience of this name; the text names those there are."""


class OfAnotherOffice(Exception):
    """The audience belongs to another office, whose persons it lists; the text names that office."""


@dataclass(frozen=True)
class Audience:
    """受众: its legal basis, and how many days an edition is kept after another took its place."""

    name: str
    office: str
    title: str
    basis: str
    keep_days: int


@dataclass(frozen=True)
class Listed:
    """How an audience stands: the recipients of its newest list, when that was read, how many numbers are kept."""

    audience: Audience
    recipients: int
    read_at: datetime | None
    kept: int


def define(tx: Tx, wanted: Audience, *, by: str) -> None:
    """Make the audience, or say anew what it is. Raises ``OfAnotherOffice``."""
    values = {"title": wanted.title, "basis": wanted.basis, "keep_days": wanted.keep_days}
    tx.connection.execute(tx.insert_or_ignore(audience), {"id": wanted.name, "office": wanted.office, **values})
    row = tx.connection.execute(select(audience).where(audience.c.id == wanted.name).with_for_update()).one()
    if row.office != wanted.office:
        raise OfAnotherOffice(row.office)
    tx.connection.execute(update(audience).where(audience.c.id == wanted.name).values(values))
    audit.record(tx, office=wanted.office, who=by, act="audience.defined", subject=wanted.name, detail=values)


def read_in(store: Store, seal: Seal, name: str, numbers: Iterable[str], *, by: str) -> int:
    """Make a new edition of ``numbers``, each of them once; how many recipients it has.

    It is the audience's from the moment it is complete: whoever dies on the way has changed nothing.
    Raises ``UnknownAudience``, and whatever ``numbers`` raises.
    """
    number = store.write(lambda tx: _begin(tx, name))
    size = 0
    for several in _batches(_once(numbers)):
        rows = [
            {
                "audience": name,
                "edition": number,
                "place": size + at,
                "blind": seal.blind(one),
                "sealed": seal.close(one),
            }
            for at, one in enumerate(several)
        ]
        store.write(partial(_fill, rows=rows))
        size += len(rows)
    store.write(lambda tx: _complete(tx, name, number, size, by))
    return size


def audiences(connection: Connection) -> "list[Audience]":
    """All of them, by name."""
    rows = connection.execute(select(audience).order_by(audience.c.id))
    return [Audience(row.id, row.office, row.title, row.basis, row.keep_days) for row in rows]


def listed(connection: Connection) -> "list[Listed]":
    """All of them with how they stand, by name."""
    counts = select(recipient.c.audience, func.count().label("kept")).group_by(recipient.c.audience)
    kept = {row.audience: row.kept for row in connection.execute(counts)}
    complete = (edition.c.completed_at.is_not(None), edition.c.erased_at.is_(None))
    rows = connection.execute(select(edition).where(*complete).order_by(edition.c.number))
    last = {row.audience: row for row in rows}
    return [
        Listed(one, row.size, row.completed_at, kept.get(one.name, 0))
        if (row := last.get(one.name))
        else Listed(one, 0, None, kept.get(one.name, 0))
        for one in audiences(connection)
    ]


def newest(connection: Connection, name: str, office: str) -> tuple[int, int] | None:
    """Number and size of the newest complete edition; None when there is none, or it is another office's."""
    row = connection.execute(
        select(edition.c.number, edition.c.size)
        .join(audience, audience.c.id == edition.c.audience)
        .where(edition.c.audience == name, audience.c.office == office)
        .where(edition.c.completed_at.is_not(None), edition.c.erased_at.is_(None))
        .order_by(edition.c.number.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.number, row.size)


def opt_out(tx: Tx, office: str, blinds: Sequence[str], how: str) -> int:
    """Nothing more goes from ``office`` to these numbers; how many had not said so before."""
    now, before = tx.clock.now(), _opted_out(tx.connection, office)
    rows = [{"office": office, "blind": blind, "at": now, "how": how} for blind in blinds]
    if rows:
        tx.connection.execute(tx.insert_or_ignore(opted_out), rows)
    return _opted_out(tx.connection, office) - before


def erase(tx: Tx, name: str, *, why: str, by: str) -> int:
    """Erase every number of the audience, now; how many. Who was reached stays counted, by place. Raises

    ``UnknownAudience``.
    """
    of = _row(tx.connection, name)
    left = select(edition.c.number).where(edition.c.audience == name, edition.c.erased_at.is_(None))
    erased = _erase(tx, name, *tx.connection.execute(left).scalars())
    audit.record(tx, office=of.office, who=by, act="audience.erased", subject=name, detail={"why": why, "many": erased})
    return erased


def forget(tx: Tx) -> int:
    """Erase the numbers of editions that nobody needs any more; how many numbers.

    That is one that a newer one replaced, that nothing waits for, and whose last text is ``keep_days`` ago; or one
    that was never completed. 个人信息保护法 art. 19 and 47: no longer than the purpose needs.
    """
    now, erased = tx.clock.now(), 0
    for row in tx.connection.execute(REPLACED).all():
        last = max(row.replaced_at, row.last_text or row.replaced_at)
        if not row.waits and last + timedelta(days=row.keep_days) <= now:
            erased += _erase(tx, row.audience, row.number)
    for row in tx.connection.execute(INCOMPLETE).all():
        if row.begun_at + ABANDONED <= now:
            erased += _erase(tx, row.audience, row.number)
    return erased


_NEWER = edition.alias("newer")
_TEXTS = (delivery.c.audience == edition.c.audience, delivery.c.edition == edition.c.number)
_NEEDED = (Outcome.PLANNED, Outcome.SENDING, Outcome.PARKED, Outcome.UNKNOWN)  # to send, or for a person to look into
REPLACED = select(
    edition.c.audience,
    edition.c.number,
    audience.c.keep_days,
    select(func.min(_NEWER.c.completed_at))
    .where(_NEWER.c.audience == edition.c.audience, _NEWER.c.number > edition.c.number)
    .scalar_subquery()
    .label("replaced_at"),
    select(func.max(func.coalesce(delivery.c.settled_at, delivery.c.planned_at)))
    .where(*_TEXTS)
    .scalar_subquery()
    .label("last_text"),
    select(part.c.delivery)
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(*_TEXTS, or_(part.c.due_at.is_not(None), part.c.state.in_(_NEEDED)))
    .exists()
    .label("waits"),
).where(
    edition.c.audience == audience.c.id,
    edition.c.completed_at.is_not(None),
    edition.c.erased_at.is_(None),
    select(_NEWER.c.number)
    .where(
        _NEWER.c.audience == edition.c.audience,
        _NEWER.c.number > edition.c.number,
        _NEWER.c.completed_at.is_not(None),
    )
    .exists(),
)
INCOMPLETE = select(edition).where(edition.c.completed_at.is_(None), edition.c.erased_at.is_(None))


def _row(connection: Connection, name: str) -> "Row[Any]":
    row = connection.execute(select(audience).where(audience.c.id == name)).first()
    if row is None:
        raise UnknownAudience(", ".join(connection.execute(select(audience.c.id).order_by(audience.c.id)).scalars()))
    return row


def _begin(tx: Tx, name: str) -> int:
    _row(tx.connection, name)
    tx.alone(f"audience/{name}")
    last = tx.connection.execute(select(func.max(edition.c.number)).where(edition.c.audience == name)).scalar()
    number = (last or 0) + 1
    begun = {"audience": name, "number": number, "size": 0, "begun_at": tx.clock.now()}
    tx.connection.execute(insert(edition), begun)
    return number


def _fill(tx: Tx, *, rows: list[dict[str, Any]]) -> None:
    tx.connection.execute(insert(recipient), rows)


def _complete(tx: Tx, name: str, number: int, size: int, by: str) -> None:
    of = _row(tx.connection, name)
    this = (edition.c.audience == name, edition.c.number == number)
    tx.connection.execute(update(edition).where(*this).values(size=size, completed_at=tx.clock.now()))
    detail = {"edition": number, "recipients": size}
    audit.record(tx, office=of.office, who=by, act="audience.read", subject=name, detail=detail)


def _erase(tx: Tx, name: str, *numbers: int) -> int:
    mine = (recipient.c.audience == name, recipient.c.edition.in_(numbers))
    erased = tx.connection.execute(delete(recipient).where(*mine)).rowcount
    these = (edition.c.audience == name, edition.c.number.in_(numbers))
    tx.connection.execute(update(edition).where(*these).values(erased_at=tx.clock.now()))
    return erased


def _opted_out(connection: Connection, office: str) -> int:
    return connection.execute(
        select(func.count()).select_from(opted_out).where(opted_out.c.office == office)
    ).scalar_one()


def _once(numbers: Iterable[str]) -> Iterator[str]:
    seen: set[int] = set()
    for number in numbers:
        if int(number) not in seen:
            seen.add(int(number))
            yield number


def _batches(numbers: Iterator[str]) -> Iterator[list[str]]:
    while several := list(islice(numbers, ROWS)):
        yield several
