"""Which columns must have something new by when: one duty for each office and column, one for its front page, and one
for each account of its own (政务新媒体), of which what went there is news: each notice, each telling of a matter.

It begins with the newest notice there that stands, and the next one moves it. It is decided from what is public at the
moment, in any order of events; what moved it are releases and withdrawals, and those are in the audit.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, insert, select, update

from notices.calendar.calendar import Calendar
from notices.matter import PAGE
from notices.notice import MessageKind, State
from notices.owed import End, Stands
from notices.staleness import COLUMN, Place, account, media, places
from streams.duties import counted_by, owed_in
from streams.outlets import Outlets
from streams.store.store import Tx
from streams.store.tables import duty, endpoint, message, notice, rendition


@dataclass(frozen=True)
class Kept:
    """What an office owes of one place, and the notice it is counted from."""

    office: str
    place: Place
    notice: str
    stands: Stands

    @property
    def duty(self) -> str:
        """The duty's own name: one for an office and a place, whichever notice is the newest."""
        return hashlib.sha256(f"{COLUMN}/{self.office}/{self.place.key}".encode()).hexdigest()[:12]


def keep_up(tx: Tx, heard: Sequence[str], outlets: Outlets, calendar: Callable[[str], Calendar]) -> None:
    """Bring the duties up to date of the places that the notices ``heard`` stand in.

    Their reminders are none of its business: the nightly recount plans them, and one of an older day says nothing.
    """
    kept = [one for touched in _touched(tx.connection, heard) if (one := _kept(tx.connection, *touched, outlets))]
    if not kept:
        return
    known = select(duty).where(duty.c.id.in_([one.duty for one in kept])).order_by(duty.c.id)
    there = {row.id: row for row in tx.connection.execute(known.with_for_update())}
    for one in kept:
        _bring(tx, one, there.get(one.duty), calendar)


def _touched(connection: Connection, heard: Sequence[str]) -> list[tuple[str, Place]]:
    rows = connection.execute(select(notice.c.office, notice.c.kind).where(notice.c.id.in_(heard)).distinct()).all()
    offices = sorted({row.office for row in rows})
    kinds = {(row.office, row.kind) for row in rows}
    there = _accounts(connection, offices)
    return [
        (office, place)
        for office in offices
        for place in (*places(), *there.get(office, ()))
        if any((office, kind) in kinds for kind in (*place.kinds, *((PAGE,) if place.endpoint else ())))
    ]


def _accounts(connection: Connection, offices: Sequence[str]) -> dict[str, list[Place]]:
    """Office → its accounts."""
    mine = (endpoint.c.office.in_(offices), endpoint.c.channel.in_(media()))
    wanted = select(endpoint.c.id, endpoint.c.office, endpoint.c.channel, endpoint.c.title).where(*mine)
    found: dict[str, list[Place]] = {}
    for row in connection.execute(wanted.order_by(endpoint.c.id)):
        found.setdefault(row.office, []).append(account(row.id, row.channel, row.title))
    return found


def _kept(connection: Connection, office: str, place: Place, outlets: Outlets) -> Kept | None:
    """None where nothing ever was public."""
    end = None
    row = connection.execute(_newest(office, place)).first()
    told = connection.execute(_newest_told(office, place)).first() if place.endpoint else None
    if told is not None and (row is None or told.released_at > row.released_at):
        row = told
    if row is None and (row := connection.execute(_last_gone(office, place)).first()):
        end = End("withdrawn", row.gone, row.gone_at)
    if row is None:
        return None
    version = outlets.said(connection, f"{row.id}.{row.sequence}").message.version
    return Kept(office, place, row.id, Stands(row.released_at, version, end))


def _newest(office: str, place: Place) -> "Select[Any]":
    """Of those that stand."""
    wanted = select(notice.c.id, notice.c.sequence, notice.c.released_at).where(
        notice.c.state == State.RELEASED, *_of(office, place)
    )
    return wanted.order_by(notice.c.released_at.desc(), notice.c.id.desc()).limit(1)


def _newest_told(office: str, place: Place) -> "Select[Any]":
    """What was told of a matter last that went to the account: each telling is news there, and its page one notice."""
    columns = (notice.c.id, message.c.sequence, message.c.released_at)
    there = exists().where(rendition.c.message == message.c.id, rendition.c.channel == place.channel)
    since = select(endpoint.c.added_at).where(endpoint.c.id == place.endpoint).scalar_subquery()
    wanted = (
        select(*columns)
        .join(message, message.c.subject == notice.c.id)
        .where(
            notice.c.state == State.RELEASED,
            notice.c.office == office,
            notice.c.kind == PAGE,
            message.c.kind == MessageKind.MATTER,
            message.c.released_at >= since,
            there,
        )
    )
    return wanted.order_by(message.c.released_at.desc(), message.c.id.desc()).limit(1)


def _last_gone(office: str, place: Place) -> "Select[Any]":
    """The one that was taken back last, and the message that did it."""
    gone = (message.c.subject == notice.c.id) & (message.c.kind == MessageKind.WITHDRAWAL)
    columns = (notice.c.id, notice.c.sequence, notice.c.released_at)
    wanted = select(*columns, message.c.id.label("gone"), message.c.released_at.label("gone_at"))
    wanted = wanted.join(message, gone).where(notice.c.state == State.WITHDRAWN, *_of(office, place))
    return wanted.order_by(message.c.released_at.desc(), message.c.id.desc()).limit(1)


def _of(office: str, place: Place) -> "Iterator[ColumnElement[bool]]":
    """What is news there: of an account, what was approved for its channel since it was set up."""
    yield notice.c.office == office
    yield notice.c.kind.in_(place.kinds)
    if place.endpoint:
        since = select(endpoint.c.added_at).where(endpoint.c.id == place.endpoint).scalar_subquery()
        yield notice.c.released_at >= since
        said = message.alias()
        made = select(rendition.c.message).join(said, said.c.id == rendition.c.message)
        yield exists(made.where(said.c.subject == notice.c.id, rendition.c.channel == place.channel))


def _bring(tx: Tx, one: Kept, row: "Row[Any] | None", calendar: Callable[[str], Calendar]) -> None:
    said, rule = _said(one), one.place.rule
    if row is None:
        born = {"id": one.duty, "office": one.office, "begun": COLUMN, "pauses": "[]", "added_at": tx.clock.now()}
        counted = counted_by(calendar(one.office), rule, one.stands.start, ())
        tx.connection.execute(insert(duty).values(**born, **said, **counted))
    elif changes := dict(_changes(said, row)):
        if changes.keys() & {"start", "rule"}:
            changes |= counted_by(calendar(one.office), rule, one.stands.start, owed_in(row).pauses)
        tx.connection.execute(update(duty).where(duty.c.id == row.id).values(changes))


def _said(one: Kept) -> dict[str, Any]:
    """The columns that come of what is public, and of the time that the column has today."""
    version, end = one.stands.version, one.stands.end
    return {
        "notice": one.notice,
        "section": version.section,
        "about": version.title,
        "rule": json.dumps(asdict(one.place.rule), ensure_ascii=False),
        "start": one.stands.start,
        "done_at": end.at if end else None,
        "how": end.how if end else None,
        "ended_by": end.message if end else None,
    }


def _changes(said: dict[str, Any], row: "Row[Any]") -> Iterator[tuple[str, Any]]:
    """What is otherwise now. A person's word that it was met holds until something new is public."""
    if row.done_at is None or row.ended_by is not None or said["start"] > row.start:
        yield from ((name, value) for name, value in said.items() if value != getattr(row, name))
