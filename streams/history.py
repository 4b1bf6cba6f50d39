"""Everything the store has that bears on what notices owe."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from notices.begins import COMMON, begins
from notices.notice import MessageKind, Version
from notices.owed import History, Own, Tied
from streams.outlets import Outlets
from streams.store.tables import message, tie

MESSAGES = select(message.c.id, message.c.subject, message.c.kind, message.c.office, message.c.released_at)


@dataclass(frozen=True)
class Told:
    """One notice and what was ever said of it."""

    notice: str
    office: str
    history: History


def histories(connection: Connection, notices: Sequence[str], outlets: Outlets) -> Iterator[Told]:
    """Of each of ``notices`` that anything was said of."""
    said = _messages(connection, notices)
    for notice in notices:
        if own := said.get(notice):
            office = own[0].office
            history = History(_own(connection, own, outlets), _tied(connection, notice, office, outlets))
            yield Told(notice, office, history)


def _messages(connection: Connection, notices: Sequence[str]) -> "dict[str, list[Row[Any]]]":
    """By their notice, in their order."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    wanted = MESSAGES.where(message.c.subject.in_(notices)).order_by(message.c.subject, message.c.sequence)
    rows: Iterable[Row[Any]] = connection.execute(wanted)
    for row in rows:
        found[row.subject].append(row)
    return found


def _own(connection: Connection, rows: "Sequence[Row[Any]]", outlets: Outlets) -> list[Own]:
    found = []
    for row, at in zip(rows, _instants(rows), strict=True):
        version = outlets.said(connection, row.id).message.version
        found.append(Own(row.id, at, version, row.kind == MessageKind.WITHDRAWAL))
    return found


def _tied(connection: Connection, notice: str, office: str, outlets: Outlets) -> list[Tied]:
    """Every message of the notices that ever were tied to it, by a relation or what they have in common."""
    related = and_(tie.c.to == notice, tie.c.type.not_in(COMMON))
    same = [and_(tie.c.to.in_(_common(notice, type_)), tie.c.type == type_) for type_ in COMMON]
    ties: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, str] = {}
    for row in connection.execute(select(tie).where(or_(related, *same), tie.c.office == office)):
        if row.subject != notice:
            ties[row.message].add(row.type)
            kinds[row.subject] = row.kind
    read = {kind for begin in begins() if begin.each or begin.once for kind in begin.kinds}

    def said(row: "Row[Any]") -> Version | None:
        return outlets.said(connection, row.id).message.version if kinds[row.subject] in read else None

    return [
        Tied(row.id, row.subject, kinds[row.subject], at, frozenset(ties[row.id]), said(row))
        for rows in _messages(connection, sorted(kinds)).values()
        for row, at in zip(rows, _instants(rows), strict=True)
    ]


def _common(notice: str, type_: str) -> "Select[tuple[str]]":
    """The numbers, or events, that it ever named."""
    return select(tie.c.to).where(tie.c.subject == notice, tie.c.type == type_)


def _instants(rows: "Sequence[Row[Any]]") -> list[datetime]:
    """When each was released; where the clock was put back meanwhile, no sooner than the one before it."""
    found: list[datetime] = []
    for row in rows:
        found.append(max(row.released_at, found[-1]) if found else row.released_at)
    return found
