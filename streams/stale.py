"""Which columns must be kept up to date by which notice: decided from what is public and was, in any order of events.

The newest notice of a column owes that something new follows it in time; the next one meets that, and owes the same.
Of a notice that there is news of, only that one, the one before it and the last one before it that still is public can
stand otherwise than before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from notices.notice import MessageKind, State
from notices.owed import End, Stands
from notices.staleness import Place, Shown, end_of, places
from streams.outlets import Outlets
from streams.store.tables import message, notice

WAS_PUBLIC = (State.RELEASED, State.WITHDRAWN)


@dataclass(frozen=True)
class Stale:
    """What one notice owes of one place."""

    notice: str
    office: str
    place: Place
    stands: Stands


def stale(connection: Connection, heard: Sequence[str], outlets: Outlets) -> list[Stale]:
    """Everything of that kind that may be otherwise, since there is news of the notices ``heard``."""
    wanted = select(notice).where(notice.c.id.in_(heard), notice.c.state.in_(WAS_PUBLIC)).order_by(notice.c.id)
    found: dict[tuple[str, str], Stale] = {}
    for row in connection.execute(wanted).all():
        for place in places():
            if row.kind in place.kinds:
                for one in _touched(connection, place, row):
                    found[one.id, place.name] = _stale(connection, place, one, outlets)
    return [found[key] for key in sorted(found)]


def _touched(connection: Connection, place: Place, row: "Row[Any]") -> "Iterator[Row[Any]]":
    """The notice itself, and those before it that it may follow."""
    yield row
    before = _of(place, row).where(_beside(row, after=False))
    before = before.order_by(notice.c.released_at.desc(), notice.c.id.desc()).limit(1)
    for states in ((State.RELEASED,), WAS_PUBLIC):
        yield from connection.execute(before.where(notice.c.state.in_(states))).all()


def _stale(connection: Connection, place: Place, row: "Row[Any]", outlets: Outlets) -> Stale:
    standing, ever = (_next(connection, place, row, states) for states in ((State.RELEASED,), WAS_PUBLIC))
    end = end_of(_shown(connection, row), standing, ever)
    version = outlets.said(connection, f"{row.id}.{row.sequence}").message.version
    return Stale(row.id, row.office, place, Stands(row.released_at, version, end))


def _next(connection: Connection, place: Place, row: "Row[Any]", states: Iterable[State]) -> Shown | None:
    after = _of(place, row).where(notice.c.state.in_(tuple(states)), _beside(row, after=True))
    found = connection.execute(after.order_by(notice.c.released_at, notice.c.id).limit(1)).first()
    return Shown(found.id, found.released_at) if found else None


def _shown(connection: Connection, row: "Row[Any]") -> Shown:
    if row.state != State.WITHDRAWN:
        return Shown(row.id, row.released_at)
    of = (message.c.subject == row.id, message.c.kind == MessageKind.WITHDRAWAL)
    gone = connection.execute(select(message.c.id, message.c.released_at).where(*of)).one()
    return Shown(row.id, row.released_at, End("withdrawn", gone.id, gone.released_at))


def _of(place: Place, row: "Row[Any]") -> Any:
    return select(notice).where(notice.c.office == row.office, notice.c.kind.in_(place.kinds))


def _beside(row: "Row[Any]", *, after: bool) -> "ColumnElement[bool]":
    at, name = notice.c.released_at, notice.c.id
    if after:
        return or_(at > row.released_at, and_(at == row.released_at, name > row.id))
    return or_(at < row.released_at, and_(at == row.released_at, name < row.id))
