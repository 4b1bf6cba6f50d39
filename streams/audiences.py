"""Audiences: whom an outlet that speaks to persons speaks to. A list is read into an edition, which never changes.

A delivery names the edition it was planned for, so a list that is replaced meanwhile changes nobody's place in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from streams import audit
from streams.seal import Seal
from streams.store.store import Store, Tx
from streams.store.tables import audience, edition, opted_out, recipient

ROWS = 2_000  # recipients in one transaction: bounds how long others wait


class UnknownAudience(Exception):
    """There is no audience of this name; the text names those there are."""


class ErasedMeanwhile(Exception):
    """The audience was erased while a list was read into it; the list is erased too. The text is its name."""


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
    Raises ``UnknownAudience``, ``ErasedMeanwhile``, and whatever ``numbers`` raises.
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
        store.write(partial(_fill, name=name, number=number, rows=rows))
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
    """Nothing more goes from ``office`` to these numbers, ``ROWS`` at most; how many had not said so before."""
    now, mine = tx.clock.now(), (opted_out.c.office == office, opted_out.c.blind.in_(blinds))
    before = tx.connection.execute(select(func.count()).select_from(opted_out).where(*mine)).scalar_one()
    rows = [{"office": office, "blind": blind, "at": now, "how": how} for blind in sorted(set(blinds))]
    if rows:
        tx.connection.execute(tx.insert_or_ignore(opted_out), rows)
    return len(rows) - before


def row_of(connection: Connection, name: str) -> "Row[Any]":
    """The audience's row. Raises ``UnknownAudience``."""
    row = connection.execute(select(audience).where(audience.c.id == name)).first()
    if row is None:
        raise UnknownAudience(", ".join(connection.execute(select(audience.c.id).order_by(audience.c.id)).scalars()))
    return row


def _begin(tx: Tx, name: str) -> int:
    row_of(tx.connection, name)
    tx.alone(f"audience/{name}")
    last = tx.connection.execute(select(func.max(edition.c.number)).where(edition.c.audience == name)).scalar()
    number = (last or 0) + 1
    begun = {"audience": name, "number": number, "size": 0, "begun_at": tx.clock.now()}
    tx.connection.execute(insert(edition), begun)
    return number


def _fill(tx: Tx, *, name: str, number: int, rows: list[dict[str, Any]]) -> None:
    _still_there(tx, name, number)
    tx.connection.execute(insert(recipient), rows)


def _complete(tx: Tx, name: str, number: int, size: int, by: str) -> None:
    _still_there(tx, name, number)
    of = row_of(tx.connection, name)
    this = (edition.c.audience == name, edition.c.number == number)
    tx.connection.execute(update(edition).where(*this).values(size=size, completed_at=tx.clock.now()))
    detail = {"edition": number, "recipients": size}
    audit.record(tx, office=of.office, who=by, act="audience.read", subject=name, detail=detail)


def _still_there(tx: Tx, name: str, number: int) -> None:
    """Whoever erases waits for this transaction, or is seen by it: no number is left behind him."""
    this = (edition.c.audience == name, edition.c.number == number, edition.c.erased_at.is_(None))
    if tx.connection.execute(select(edition.c.number).where(*this).with_for_update()).first() is None:
        raise ErasedMeanwhile(name)


def _once(numbers: Iterable[str]) -> Iterator[str]:
    seen: set[int] = set()
    for number in numbers:
        if int(number) not in seen:
            seen.add(int(number))
            yield number


def _batches(numbers: Iterator[str]) -> Iterator[list[str]]:
    while several := list(islice(numbers, ROWS)):
        yield several
