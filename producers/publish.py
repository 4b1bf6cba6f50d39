"""Publish: a draft becomes the first version of a notice, approved and released, in one transaction; one that is timed
is approved now, and released by the scheduler (``producers.schedule.release``)."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert

from channels.base import Rendition
from config.clock import wall
from notices.document import Draft
from notices.notice import Message, MessageKind, Relation, State, Version
from notices.placeholders import refuse_unfilled
from notices.structures import Tie
from producers.foretold import refuse_untellable
from producers.house import House
from producers.in_turn import check_ahead, hold_turn
from producers.index_numbers import likely, refuse_taken, take
from producers.lookup import UnknownNotice, address, by_digest, find, newest
from producers.reach import Ask, allowed, people, reach, unasked
from producers.rendering import render_all, routed
from producers.say import Edition, approve, say
from producers.shown_days import check_shown_days
from producers.states import record_release, write_version
from producers.timed import time_release
from producers.times import check_times
from streams.events import NoticeReleased, new_trace
from streams.outlets import Endpoint
from streams.owe import hold_owed
from streams.store.store import Tx, put_blob
from streams.store.tables import notice

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: none is mistaken for another


@dataclass(frozen=True)
class Published:
    """What publishing came to."""

    notice: str
    version: int
    index_number: str
    address: str
    message: str | None  # None when it had been published before
    already: bool = False
    withdrawn: bool = False
    release_at: datetime | None = None  # when it will be public; None: it is
    people: int | None = None  # that it goes to by name; of a withdrawal: who had the notice, or may have had it


@dataclass(frozen=True)
class Prepared:
    """A message with its renditions, within every limit, ready to be released."""

    message: Message
    renditions: Mapping[Edition, Rendition]
    endpoints: tuple[Endpoint, ...]
    files: Mapping[str, bytes]  # attachments by name
    digest: str
    number_given: bool


class NoEndpoint(Exception):
    """None of the channels that the file names has an endpoint at this office."""


def publish(house: House, draft: Draft, *, by: str, over_ceiling: bool = False, ask: Ask = unasked) -> Published:
    """Publish ``draft`` when ``ask`` lets it go; the same file twice changes nothing.

    Raises what ``ask`` raises, ``OutOfTurn``, ``OverCeiling``, ``NotFit``, ``NoEndpoint``, ``FileRefused`` (a time that
    cannot be, what still stands as the example had it), ``IndexTaken``, ``UnknownNotice`` (a tie leads nowhere) or
    ``StoreUnavailable``; then nothing was changed.
    """
    if found := published(house, draft):
        return found
    prepared = prepare(house, draft)
    refuse_untellable(house, prepared.message, over_ceiling=over_ceiling)
    house.store.read(lambda c: check_ahead(c, prepared.message, house.clock.now()))
    reaches = reach(house, prepared.message, prepared.endpoints, prepared.renditions)
    passed = allowed(reaches, over_ceiling=over_ceiling)
    ask(reaches)
    done = house.store.write(lambda tx: _release(tx, prepared, by, passed, reserved=False))
    if done is None:  # another notice took the index number meanwhile: reserve one, and make the renditions anew
        number = house.store.write(lambda tx: take(tx, prepared.message.office, _out(draft, house.clock.now())))
        again = prepare(house, draft, number)
        done = house.store.write(lambda tx: _release(tx, again, by, passed, reserved=True))
    if done is None:
        return published(house, draft) or publish(house, draft, by=by, over_ceiling=over_ceiling)
    return replace(done, people=people(reaches))


def published(house: House, draft: Draft) -> Published | None:
    """What this very file became when it was published before."""
    row = house.store.read(lambda c: by_digest(c, draft.content.office, draft.digest))
    if row is None:
        return None
    where = _address(house, draft.content.office, row.id)
    gone, waits = row.state == State.WITHDRAWN, row.state == State.APPROVED
    at = draft.content.release_at if waits else None
    return Published(row.id, row.number, row.index_number, where, None, already=True, withdrawn=gone, release_at=at)


def prepare(house: House, draft: Draft, index_number: str | None = None) -> Prepared:
    """Everything short of releasing: the version, its renditions, every limit. Writes nothing down."""
    refuse_unfilled(draft.unfilled)
    message = first_message(house, draft, index_number)
    endpoints = endpoints_of(house, draft)
    return Prepared(
        message,
        render_all(house, message, endpoints),
        tuple(endpoints),
        draft.files,
        draft.digest,
        number_given=draft.index_number is not None,
    )


def endpoints_of(house: House, draft: Draft) -> list[Endpoint]:
    """Where ``draft`` would go. Raises ``NoEndpoint``."""
    if found := routed(house, draft.content.office, draft.content.channels):
        return found
    raise NoEndpoint(", ".join(draft.content.channels))


def first_message(house: House, draft: Draft, index_number: str | None = None) -> Message:
    """The message that would release ``draft``, under a name and a number that are not reserved."""
    office, now = house.outlets.office(draft.content.office), house.clock.now()
    out = _out(draft, now)
    number = index_number or draft.index_number or house.store.read(lambda c: likely(c, office, out))
    name = new_id(out)
    ties = house.store.read(lambda c: resolve(c, office.id, draft.ties))
    check_times(draft, now)
    check_shown_days(house, draft, out)
    version = draft.version(notice=name, number=1, index_number=number, relations=ties)
    return Message(
        id=f"{name}.1",
        subject=name,
        sequence=1,
        kind=MessageKind.VERSION,
        office=office,
        version=version,
        address=_address(house, office.id, name),
        urgency=version.urgency,
        expires_at=version.expires_at,
    )


def resolve(connection: Connection, office: str, ties: Iterable[Tie]) -> list[Relation]:
    """Look the ties up among the office's own notices. Raises ``UnknownNotice`` for a name that none has."""
    found = []
    for tie in ties:
        if tie.to is None:
            found.append(Relation(type=tie.type, title=tie.title))
            continue
        row = find(connection, tie.to)
        if row.office != office:
            raise UnknownNotice(tie.to)
        if row.state in (State.APPROVED, State.CANCELLED):  # nobody could follow the tie
            raise UnknownNotice(tie.to)
        title = newest(connection, row.id).title
        found.append(Relation(type=tie.type, title=title, notice=row.id, index_number=row.index_number))
    return found


def keep_files(tx: Tx, files: Iterable[bytes]) -> None:
    """Keep attachments under their hashes."""
    for body in files:
        put_blob(tx, hashlib.sha256(body).hexdigest(), body)


def _release(tx: Tx, prepared: Prepared, by: str, passed: Mapping[str, object], *, reserved: bool) -> Published | None:
    """None when the index number is not free any more, or somebody else published this very file meanwhile."""
    message, version, at = prepared.message, prepared.message.version, prepared.message.version.release_at
    if at is not None:
        hold_owed(tx, version.notice)
    else:
        hold_turn(tx, message)
    if by_digest(tx.connection, version.office, prepared.digest) is not None:
        return None
    if prepared.number_given:
        refuse_taken(tx, version.index_number)
    elif not reserved and take(tx, message.office, at or tx.clock.now()) != version.index_number:
        return None
    trace = new_trace()
    _write_notice(tx, version)
    write_version(tx, version, prepared.digest, by=by, trace=trace, released=at is None)
    keep_files(tx, prepared.files.values())
    approve(tx, message.id, prepared.renditions)
    detail = {"renditions": hashes(prepared.renditions), **passed}
    if at is not None:
        time_release(tx, message, at, by=by, trace=trace, detail=detail)
        return Published(version.notice, 1, version.index_number, message.address, None, release_at=at)
    say(tx, message, first_release(message), trace)
    record_release(tx, version, act="notice.released", by=by, detail=detail)
    return Published(version.notice, 1, version.index_number, message.address, message.id)


def first_release(message: Message) -> NoticeReleased:
    """What is said of a notice that becomes public."""
    version = message.version
    return NoticeReleased(
        notice=version.notice, message=message.id, sequence=1, office=version.office, version=version.number
    )


def hashes(renditions: Mapping[Edition, Rendition]) -> dict[str, str]:
    """The approved renditions' hashes, for the audit."""
    return {f"{of.channel}/{of.edition}": made.sha256 for of, made in sorted(renditions.items())}


def _write_notice(tx: Tx, version: Version) -> None:
    now, timed = tx.clock.now(), version.release_at is not None
    tx.connection.execute(
        insert(notice).values(
            id=version.notice,
            office=version.office,
            kind=version.kind,
            index_number=version.index_number,
            state=State.APPROVED if timed else State.RELEASED,
            version=1,
            sequence=0 if timed else 1,
            created_at=now,
            released_at=None if timed else now,
        )
    )


def _address(house: House, office: str, name: str) -> str:
    return address(house.configuration.public_url + house.configuration.offices[office].path, name)


def _out(draft: Draft, now: datetime) -> datetime:
    """When it will be public: numbers and addresses are of that day."""
    return max(draft.content.release_at or now, now)


def new_id(now: datetime) -> str:
    """A notice's id, which its permanent address is made of: nobody can guess the next one."""
    return f"{wall(now):%Y%m}-" + "".join(secrets.choice(LETTERS) for _ in range(8))
