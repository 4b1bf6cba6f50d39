"""Tell: what happens in a matter is on its page, in the feeds and with whoever is to hear of it, at its instant."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, insert, select, update

from channels.base import Rendition
from config.matters import tellings
from notices.matter import PAGE, Matter
from notices.notice import Message, MessageKind, State, Version
from notices.occasions import Event, Occasion, occasions
from producers.house import House
from producers.index_numbers import take
from producers.lookup import address
from producers.matter_version import version_of
from producers.publish import hashes, new_id
from producers.reach import OverCeiling, allowed, reach
from producers.rendering import routed, try_all
from producers.say import Edition, approve, say
from producers.schedule.overtaken import Overtaken
from producers.schedule.refusal import LetGo
from producers.states import record_release, write_version
from streams.events import TYPES, new_trace
from streams.explaining import with_explanation
from streams.follow import name_of
from streams.matters import hold, matter_of, patience_of, row_of
from streams.outlets import Endpoint
from streams.store.store import Tx
from streams.store.tables import audit, notice
from streams.store.tables import matter as matters
from streams.triggers import Trigger

WHO = "gongkai"
WHILE_OPEN = (Event.OPENED, Event.CLOSING, Event.EXTENDED)  # nobody is to be told of them once the window has closed

log = structlog.get_logger()


@dataclass(frozen=True)
class Page:
    """The page of a matter as it stands: which notice it is, and its last message."""

    notice: str
    index_number: str
    sequence: int  # 0: it is not there yet


def tell(house: House, trigger: Trigger) -> Callable[[Tx], None]:
    """Say what the trigger is for. Raises ``LetGo`` where it is not so any more."""
    office, number = str(trigger.detail["office"]), str(trigger.detail["number"])
    if office not in house.configuration.offices:
        raise LetGo("no_office", office=office)
    found = house.store.read(lambda c: _matter(c, house, office, number))
    if found is None:
        raise LetGo("not_so")
    occasion = next((one for one in occasions(found) if name_of(found, one) == trigger.id), None)
    now = house.clock.now()
    if occasion is None or _is_over(found, occasion, now):
        raise LetGo("not_so")
    page = house.store.read(lambda c: _page(c, office, number)) or _new_page(house, office, now)
    message = house.store.read(lambda c: _message(c, house, found, occasion, page, now))
    endpoints = routed(house, office, message.version.channels)
    made, unfit = try_all(house, message, endpoints)
    for one in unfit:  # the others are told all the same
        log.error("matter_not_told", matter=number, occasion=occasion.event, channel=one.channel, why=str(one))
    renditions, passed = _within_ceilings(house, found, message, endpoints, made)

    def act(tx: Tx) -> None:
        _stand(tx, found, page, message)
        trace = new_trace()
        write_version(tx, message.version, f"matter/{message.id}", by=WHO, trace=trace)
        approve(tx, message.id, renditions)
        kind = TYPES[f"gongkai.{tellings()[occasion.event].type}.v1"]
        of = {"notice": page.notice, "message": message.id, "sequence": message.sequence, "office": office}
        say(tx, message, kind(**of, dossier=number), trace)
        left_out = sorted({*(one.channel for one in unfit), *(of.channel for of in made.keys() - renditions.keys())})
        told = {"event": occasion.event, "dossier": number, "left_out": left_out}
        detail = {**told, "renditions": hashes(renditions), **passed}
        record_release(tx, message.version, act="matter.told", by=WHO, detail=detail)

    return act


def _matter(connection: Connection, house: House, office: str, number: str) -> Matter | None:
    found = matter_of(connection, office, number, patience_of(connection, house.outlets.office(office)))
    return found and with_explanation(connection, found, house.outlets)


def _is_over(found: Matter, occasion: Occasion, now: datetime) -> bool:
    window = found.window
    return occasion.event in WHILE_OPEN and (window is None or now >= window.closes_at)


def _within_ceilings(
    house: House,
    found: Matter,
    message: Message,
    endpoints: Sequence[Endpoint],
    made: Mapping[Edition, Rendition],
) -> tuple[Mapping[Edition, Rendition], Mapping[str, object]]:
    """Without what would cost more than a ceiling, which then waits there for a person; a person's word for the
    consultation holds for what is told of it."""
    reaches = reach(house, message, endpoints, made)
    try:
        return made, allowed(reaches, over_ceiling=house.store.read(lambda c: _let_through(c, found)))
    except OverCeiling as error:
        log.error("matter_over_ceiling", matter=found.number, why=str(error))
        dear = {one.endpoint.channel for one in reaches if one.ceiling is not None and one.price > one.ceiling}
        return {of: rendition for of, rendition in made.items() if of.channel not in dear}, {}


def _let_through(connection: Connection, found: Matter) -> bool:
    """Whether somebody let the consultation cost more than a ceiling."""
    of = found.window.notice if found.window else ""
    wanted = select(audit.c.detail).where(audit.c.subject == of, audit.c.act == "notice.released")
    return any("over_ceiling" in json.loads(detail) for detail in connection.execute(wanted).scalars())


def _page(connection: Connection, office: str, number: str) -> Page | None:
    row = row_of(connection, office, number)
    if row is None or row.notice is None:
        return None
    found = connection.execute(select(notice).where(notice.c.id == row.notice)).one()
    if found.state != State.RELEASED:  # somebody took the page back
        raise LetGo("no_page")
    return Page(found.id, found.index_number, found.sequence)


def _new_page(house: House, office: str, now: datetime) -> Page:
    """With an index number of its own, which nobody else gets whatever becomes of this."""
    number = house.store.write(lambda tx: take(tx, house.outlets.office(office), now))
    return Page(new_id(now), number, 0)


def _message(
    connection: Connection, house: House, found: Matter, occasion: Occasion, page: Page, now: datetime
) -> Message:
    office, sequence = house.outlets.office(found.office), page.sequence + 1
    row = row_of(connection, found.office, found.number)
    version = version_of(
        found,
        occasion,
        office=office,
        section=row.section if row else "",
        now=now,
        page=(page.notice, page.index_number),
        number=sequence,
        numbers=_numbers(connection, found),
    )
    public_url = house.configuration.public_url + house.configuration.offices[found.office].path
    return Message(
        id=f"{page.notice}.{sequence}",
        subject=page.notice,
        sequence=sequence,
        kind=MessageKind.MATTER,
        office=office,
        version=version,
        asks=found.window.asks if found.window else (),
        address=address(public_url, page.notice),
        expires_at=found.window.closes_at if found.window and occasion.event in WHILE_OPEN else None,
    )


def _numbers(connection: Connection, found: Matter) -> dict[str, str]:
    ids = [one.notice for one in found.standing]
    rows = connection.execute(select(notice.c.id, notice.c.index_number).where(notice.c.id.in_(ids)))
    return {row.id: row.index_number for row in rows}


def _stand(tx: Tx, found: Matter, page: Page, message: Message) -> None:
    """Let the page be at this message. Raises ``Overtaken`` when somebody else moved it on meanwhile."""
    version: Version = message.version
    row = hold(tx, found.office, found.number)
    if row is None or row.notice not in (None, page.notice) or (row.notice is None) != (page.sequence == 0):
        raise Overtaken(found.number)
    if page.sequence == 0:
        of = (matters.c.office == found.office, matters.c.number == found.number)
        tx.connection.execute(update(matters).where(*of).values(notice=page.notice))
        values = {"id": page.notice, "office": found.office, "kind": PAGE, "index_number": page.index_number}
        at = {"state": State.RELEASED, "version": 1, "sequence": 1, "created_at": tx.clock.now()}
        tx.connection.execute(insert(notice), {**values, **at, "released_at": tx.clock.now()})
        return
    still = (notice.c.id == page.notice, notice.c.sequence == page.sequence, notice.c.state == State.RELEASED)
    moved = tx.connection.execute(
        update(notice).where(*still).values(sequence=message.sequence, version=version.number)
    )
    if moved.rowcount != 1:
        raise Overtaken(found.number)
