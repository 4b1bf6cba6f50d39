"""Correct: a later version takes the place of the newest, with a public note, wherever that one went."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from config.kinds import kinds
from notices.document import Draft
from notices.notice import Message, MessageKind, State, Version
from notices.placeholders import refuse_unfilled
from notices.problem import FileRefused
from producers.house import House
from producers.in_turn import hold_turn
from producers.lookup import UnknownNotice, find, newest
from producers.publish import Published, hashes, keep_files, resolve
from producers.reach import Ask, allowed, people, reach, unasked
from producers.remark import remark
from producers.rendering import render_all
from producers.say import approve, say
from producers.shown_days import check_shown_days
from producers.states import record_release, write_version
from producers.times import check_times
from streams.events import NoticeCorrected, new_trace
from streams.outlets import Endpoint, endpoint_of
from streams.plan import receivers
from streams.store.store import Tx
from streams.store.tables import endpoint, notice
from streams.store.tables import message as messages
from streams.store.tables import version as versions


class NotOpen(Exception):
    """The notice was withdrawn: nothing follows on it."""


class NotPublic(Exception):
    """The notice is approved and waits for its instant: nobody has it yet."""


class Overtaken(Exception):
    """Somebody else corrected or withdrew the notice meanwhile; nothing was changed."""


@dataclass(frozen=True)
class Standing:
    """A notice as a correction or a withdrawal finds it."""

    row: "Row[Any]"
    newest: Version
    digest: str  # of the file the newest version came from
    address: str
    endpoints: tuple[Endpoint, ...]  # those that had something of it


def correct(
    house: House,
    name: str,
    draft: Draft,
    *,
    note: str,
    minor: bool,
    by: str,
    over_ceiling: bool = False,
    ask: Ask = unasked,
) -> Published:
    """Release ``draft`` as the next version of the notice ``name`` when ``ask`` lets it go; the same file twice changes
    nothing.

    Raises what ``ask`` raises, ``OverCeiling``, ``UnknownNotice``, ``NotPublic``, ``NotOpen``, ``BadRemark``,
    ``Overtaken``, ``NotFit``, ``FileRefused`` (a time that cannot be, another kind, something that still stands as the
    example had it) or ``StoreUnavailable``; then nothing was changed.
    """
    standing = house.store.read(lambda c: stand(c, name))
    if draft.content.office != standing.row.office:  # another office's notice is not there for this one
        raise UnknownNotice(name)
    if standing.digest == draft.digest:
        same = standing.newest
        return Published(same.notice, same.number, same.index_number, standing.address, None, already=True)
    refuse_unfilled(draft.unfilled)
    _refuse_another(draft, standing.newest)
    check_times(draft, house.clock.now(), corrects=True)
    check_shown_days(house, draft, standing.row.released_at, before=standing.newest)
    version = draft.version(
        notice=standing.row.id,
        number=standing.newest.number + 1,
        index_number=standing.row.index_number,
        relations=house.store.read(lambda c: resolve(c, standing.row.office, draft.ties)),
        public_note=remark(note),
        minor=minor,
    )
    message = Message(
        id=f"{standing.row.id}.{standing.row.sequence + 1}",
        subject=standing.row.id,
        sequence=standing.row.sequence + 1,
        kind=MessageKind.VERSION,
        office=house.outlets.office(standing.row.office),
        version=version,
        previous=standing.newest,
        address=standing.address,
        urgency=version.urgency,
        expires_at=version.expires_at,
    )
    renditions = render_all(house, message, standing.endpoints)
    reaches = reach(house, message, standing.endpoints, renditions)
    passed = allowed(reaches, over_ceiling=over_ceiling)
    ask(reaches)

    def act(tx: Tx) -> None:
        trace = new_trace()
        hold_turn(tx, message)
        advance(tx, standing, state=State.RELEASED, version=version.number)
        write_version(tx, version, draft.digest, by=by, trace=trace)
        keep_files(tx, draft.files.values())
        said = NoticeCorrected(
            notice=version.notice,
            message=message.id,
            sequence=message.sequence,
            office=version.office,
            version=version.number,
            minor=minor,
        )
        approve(tx, message.id, renditions)
        say(tx, message, said, trace)
        detail = {"note": note, "minor": minor, "renditions": hashes(renditions), **passed}
        record_release(tx, version, act="notice.corrected", by=by, detail=detail)

    house.store.write(act)
    named = people(reaches)
    return Published(version.notice, version.number, version.index_number, message.address, message.id, people=named)


def _refuse_another(draft: Draft, newest: Version) -> None:
    """A correction is of the same kind and number. Raises ``FileRefused``."""
    content, found = draft.content, []
    if content.kind != newest.kind:
        own, given = kinds()[newest.kind].name, kinds()[content.kind].name
        found.append(draft.problem("文种", "other_kind", own=own, given=given))
    if draft.index_number not in (None, newest.index_number):
        values = {"own": newest.index_number, "given": draft.index_number}
        found.append(draft.problem("索引号", "other_index_number", **values))
    if found:
        raise FileRefused(found)


def stand(connection: Connection, name: str) -> Standing:
    """The notice and where it went. Raises ``UnknownNotice``, ``NotPublic``, or ``NotOpen`` when it was taken back."""
    row = find(connection, name)
    if row.state == State.APPROVED:
        raise NotPublic(row.id)
    if row.state in (State.WITHDRAWN, State.CANCELLED):
        raise NotOpen(row.id)
    first = connection.execute(
        select(messages.c.content).where(messages.c.subject == row.id, messages.c.sequence == 1)
    ).scalar_one()
    address = Message.model_validate_json(first).address
    text = newest(connection, row.id)
    digest = connection.execute(
        select(versions.c.digest).where(versions.c.notice == row.id, versions.c.number == text.number)
    ).scalar_one()
    # its release may not be planned yet
    planned = (endpoint.c.office == row.office) & endpoint.c.channel.in_(text.channels)
    had = {one.id for one in receivers(connection, row.id)}
    rows = connection.execute(select(endpoint).where(endpoint.c.id.in_(had) | planned).order_by(endpoint.c.id))
    return Standing(row, text, digest, address, tuple(map(endpoint_of, rows)))


def advance(tx: Tx, standing: Standing, *, state: State, version: int) -> None:
    """Move the notice on by one message. Raises ``Overtaken`` when somebody else did."""
    moved = tx.connection.execute(
        update(notice)
        .where(notice.c.id == standing.row.id, notice.c.sequence == standing.row.sequence)
        .values(state=state, version=version, sequence=standing.row.sequence + 1)
    )
    if moved.rowcount != 1:
        raise Overtaken(standing.row.id)
