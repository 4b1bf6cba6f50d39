"""Dead links in what readers read today: in the bodies of public notices, to our own site, by rows the store
has. Nothing is fetched, so any machine finds the same, whether the site's files are there or not.

Read a slice at a time: bodies are parsed, and a province has a hundred thousand of them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, urldefrag

from sqlalchemy import Connection, Row, Select, bindparam, exists, select

from config.settings import Configuration
from notices.links import BELOW, Public, Stands, Why, address_of, is_outside, links, why_dead
from notices.notice import Message, State
from streams.store.store import Store
from streams.store.tables import message, notice, rendition, version

SLICE = 50  # notices that are read together: a fraction of a second
SITE = "website"  # the channel that writes what stands at the address of a notice

# by their ids, whoever's they are: an office's own would have to be put in that order for every slice
NEWEST = (version.c.notice == notice.c.id) & (version.c.number == notice.c.version)
NEXT: Select[Any] = (
    select(notice.c.id, notice.c.office, notice.c.index_number, version.c.title, version.c.content)
    .join(version, NEWEST)
    .where(notice.c.state == State.RELEASED, notice.c.id > bindparam("after"))
    .order_by(notice.c.id)
    .limit(SLICE)
)


@dataclass(frozen=True)
class DeadLink:
    """A link that leads nowhere, and the notice whose newest text has it."""

    office: str
    index_number: str
    title: str
    link: str
    why: Why


@dataclass(frozen=True)
class Read:
    """What a slice held; ``last`` is the notice that it ended with, None where nothing is left behind it."""

    dead: tuple[DeadLink, ...]
    last: str | None


def dead_links(connection: Connection, configuration: Configuration, after: str) -> Read:
    """The dead links of the next ``SLICE`` public notices behind ``after``, of whichever office."""
    public = public_of(configuration)
    stands = _standing(connection, configuration)
    rows = _next(connection, after)
    dead = tuple(one for row in rows for one in _in(row, public, stands))
    return Read(dead, rows[-1].id if len(rows) == SLICE else None)


def every_dead_link(store: Store, configuration: Configuration) -> Iterator[DeadLink]:
    """All there are, a slice at a time."""
    after: str | None = ""
    while after is not None:
        read = store.read(partial(dead_links, configuration=configuration, after=after))
        yield from read.dead
        after = read.last


@dataclass(frozen=True)
class Holder:
    """A notice whose newest text has a link."""

    index_number: str
    title: str


def outside_links(store: Store, configuration: Configuration) -> dict[str, list[Holder]]:
    """Every link to others' sites in the bodies of public notices, with the notices that have it; those of the newest
    months first, for not all may be asked.
    """
    public, found = public_of(configuration), defaultdict[str, dict[Holder, None]](dict)
    after: str | None = ""
    while after is not None:
        rows = store.read(partial(_next, after=after))
        for row in (row for row in rows if "://" in row.content):
            for link in links(json.loads(row.content)["body"]):
                if is_outside(link, public):
                    found[urldefrag(link).url][Holder(row.index_number, row.title)] = None
        after = rows[-1].id if len(rows) == SLICE else None
    return {link: list(found[link]) for link in reversed(found)}


def readable(link: str) -> str:
    """As people read it; as it is written where that would steer the terminal it is shown on."""
    return read if (read := unquote(link)).isprintable() else link


def public_of(configuration: Configuration) -> Public:
    """Where readers find everything."""
    return Public(configuration.public_url, tuple(one.path for one in configuration.offices.values()))


def _next(connection: Connection, after: str) -> "Sequence[Row[Any]]":
    return connection.execute(NEXT, {"after": after}).all()


def _in(row: "Row[Any]", public: Public, stands: Callable[[str], Stands | None]) -> list[DeadLink]:
    if f"/{BELOW}" not in row.content:  # most link to nothing of ours: no need to parse them
        return []
    found = []
    for link in links(json.loads(row.content)["body"]):
        at = address_of(link, public)
        if at is not None and (why := why_dead(at, stands)):
            found.append(DeadLink(row.office, row.index_number, row.title, readable(link), why))
    return found


def _standing(connection: Connection, configuration: Configuration) -> Callable[[str], Stands | None]:
    """What stands of each notice, asked once; None where readers find no page of it."""

    @cache
    def stands(of: str) -> Stands | None:
        said = (message.c.subject == notice.c.id) & (message.c.sequence == notice.c.sequence)
        made = exists().where(rendition.c.message == message.c.id, rendition.c.channel == SITE)
        open_ = notice.c.state.in_((State.RELEASED, State.WITHDRAWN))
        wanted = select(message.c.content).join(notice, said).where(notice.c.id == of, open_, made)
        row = connection.execute(wanted).first()
        return None if row is None else _stands(Message.model_validate_json(row.content), configuration)

    return stands


def _stands(said: Message, configuration: Configuration) -> Stands | None:
    office, withdrawal = configuration.offices.get(said.office.id), said.withdrawal
    if office is None:  # its site is not served any more
        return None
    if withdrawal and withdrawal.leaves == "gone":
        return Stands(office.path, gone=True)
    if withdrawal and withdrawal.leaves == "redirect":
        return Stands(office.path, successor=withdrawal.redirect or "")
    return Stands(office.path, frozenset(one.name for one in said.version.attachments))
