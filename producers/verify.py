"""Verify: is everything as it was written down, and does each outlet show what it was sent? Reads, never writes."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from channels.base import Channel, Compared, Work
from channels.files import strangers
from config.messages import say
from producers.arrived import newest
from producers.audit_words import told
from producers.house import House
from producers.verify_books import Flaw, verify_notices
from producers.verify_deliveries import verify_deliveries
from producers.verify_duties import verify_duties
from streams import audit
from streams.outlets import Endpoint, endpoint_of
from streams.store.tables import blob, duty, endpoint, notice, rendition, version
from streams.work import work_of


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: of what kind, where, what."""

    kind: str  # audit | notice | delivery | duty | version | blob | rendition | outlet | unreadable
    where: str
    what: str


def looks(house: House, *, outlets: bool) -> int:
    """How many things ``verify`` will look at."""

    def read(connection: Connection) -> int:
        tables = (notice, endpoint, duty, version, blob, rendition)
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    shown = sum(len(rows) + _files(house, found) for found, rows in _shown(house)) if outlets else 0
    return 1 + house.store.read(read) + shown


def verify(house: House, *, outlets: bool) -> Iterator[tuple[str, list[Finding]]]:
    """Look at the audit's chains and seals, the books against them, every duty, version, blob and rendition, and at
    what the outlets show.

    Yields the kind of each thing that was looked at, with what was found wrong with it.
    """
    flaws = house.store.read(lambda c: list(audit.verify(c, house.heads)))
    yield "audit", [Finding("audit", f"{flaw.office}/{flaw.number}", told(flaw)) for flaw in flaws]
    yield from _books(house, "notice", verify_notices)
    yield from _books(house, "delivery", verify_deliveries)
    yield from _books(house, "duty", verify_duties)
    yield from (("version", found) for found in _versions(house))
    yield from (("blob", found) for found in _blobs(house))
    yield from (("rendition", found) for found in _renditions(house))
    if outlets:
        for found, rows in _shown(house):
            yield from (("outlet", findings) for findings in _outlet(house, found, rows))


def _books(
    house: House, kind: str, look: Callable[[Connection], Iterator[list[Flaw]]]
) -> Iterator[tuple[str, list[Finding]]]:
    for flaws in house.store.read(lambda c: list(look(c))):
        yield kind, [Finding(kind, flaw.where, flaw.what) for flaw in flaws]


def _versions(house: House) -> Iterator[list[Finding]]:
    for row in _keys(house, version.c.notice, version.c.number):
        same = and_(version.c.notice == row.notice, version.c.number == row.number)
        found = _one(house, version.c.content, version.c.sha256, where=same)
        whole = _sha256(found.content.encode()) == found.sha256
        yield [] if whole else [Finding("version", f"{row.notice}/{row.number}", say("verify.altered"))]


def _blobs(house: House) -> Iterator[list[Finding]]:
    for row in _keys(house, blob.c.sha256):
        whole = _sha256(house.store.get_blob(row.sha256)) == row.sha256
        yield [] if whole else [Finding("blob", row.sha256, say("verify.altered"))]


def _renditions(house: House) -> Iterator[list[Finding]]:
    keys = (rendition.c.message, rendition.c.channel, rendition.c.edition, rendition.c.sha256)
    for row in _keys(house, *keys):
        where = f"{row.message}/{row.channel}/{row.edition}"
        try:
            of = (row.message, row.channel, row.edition)
            made = house.store.read(lambda c, of=of: house.outlets.rendition(c, *of))  # type: ignore[misc]  # a tuple of three
            whole = made.sha256 == row.sha256
        except KeyError as missing:
            yield [Finding("rendition", where, say("verify.missing", what=missing.args[0]))]
        else:
            yield [] if whole else [Finding("rendition", where, say("verify.altered"))]


def _outlet(house: House, found: Endpoint, rows: "Sequence[Row[Any]]") -> Iterator[list[Finding]]:
    """What stands at the outlet, against what went there."""
    unmade: list[Finding] = []

    def works() -> Iterator[Work]:
        for row in rows:
            try:
                yield house.store.read(lambda c, row=row: work_of(c, house.outlets, found, row))  # type: ignore[misc]  # a row
            except Exception as error:  # one that cannot be told hides nothing of the others
                unmade.append(Finding("unreadable", f"{found.id}/{row.subject}", f"{type(error).__name__}: {error}"))

    try:
        yield from (_told(found, one) for one in house.outlets.channel(found).compare(works()))
    except Exception as error:  # nor does one outlet
        yield [Finding("unreadable", found.id, f"{type(error).__name__}: {error}")]
    yield from ([one] for one in unmade)


def _told(found: Endpoint, one: Compared) -> list[Finding]:
    where = f"{found.id}/{one.what}"
    if one.difference is None:
        return [Finding("unreadable", where, say("verify.unreadable"))]
    return [Finding("outlet", where, one.difference)] if one.difference else []


def _files(house: House, found: Endpoint) -> int:
    """How many files an outlet has that are looked at."""
    return sum(1 for _ in strangers(house.outlets.tools(found).place, ()))


def _shown(house: House) -> list[tuple[Endpoint, list["Row[Any]"]]]:
    """The endpoints that can be read, each with the newest part of every subject that arrived there."""
    every = select(endpoint).order_by(endpoint.c.id)  # else each store finds them in an order of its own
    endpoints = [endpoint_of(row) for row in house.store.read(lambda c: c.execute(every).all())]
    return [(one, newest(house, one.id)) for one in endpoints if _is_readable(house.outlets.channel(one))]


def _is_readable(channel: Channel) -> bool:
    return type(channel).read_back is not Channel.read_back


def _keys(house: House, *columns: ColumnElement[Any]) -> list["Row[Any]"]:
    return list(house.store.read(lambda c: c.execute(select(*columns)).all()))


def _one(house: House, *columns: ColumnElement[Any], where: ColumnElement[bool]) -> "Row[Any]":
    return house.store.read(lambda c: c.execute(select(*columns).where(where)).one())


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
