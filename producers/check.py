"""Check the configuration of a data folder: what would go wrong, told before it does. Changes nothing."""

import json
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import select

from channels.base import Refused, TryAgain, load, names
from channels.pretend import Pretend
from config.clock import Clock, wall
from config.messages import say
from config.settings import Configuration, EndpointTable, SettingsError, read
from producers.house import mail_servers, partners
from producers.lists import audience_of
from producers.outside_links import ask
from producers.serve.listeners import is_loopback
from producers.staff import unnamed
from streams.audiences import newest
from streams.clock_trust import doubts
from streams.dead_links import every_dead_link, outside_links, readable
from streams.embedded import new_token
from streams.outlets import NUMBERS, Endpoint, Outlets, endpoint_of
from streams.self_check import findings, told
from streams.store.migrate import KNOWN, VERSION, open_store, stored_version
from streams.store.moved import MOVED, MOVING
from streams.store.sqlite import SqliteStore
from streams.store.store import Store, StoreUnavailable
from streams.store.tables import endpoint

SOON = timedelta(days=30)  # before an entry of the allow-list ends
APART = 2.0  # seconds that this machine's clock may differ from the database's unremarked
NAMED = 50  # dead links of an office that are named one by one


@dataclass(frozen=True)
class Checked:
    """One thing that was looked at: well, to be looked at by a person, or wrong."""

    level: str  # well | warning | wrong
    what: str


def check(home: Path, clock: Clock, *, links: bool = False) -> Iterator[Checked]:
    """Everything there is to say about the folder ``home``; with ``links`` those to others' sites are asked.

    Raises ``SettingsError`` when it cannot be read at all.
    """
    configuration = read(home)
    yield Checked("well", say("check.settings", file=home / "gongkai.toml", offices=len(configuration.offices)))
    yield from _listeners(configuration)
    yield from _allow_list(configuration, wall(clock.now()).date())
    yield from _secrets(home / "secrets")
    try:
        found = stored_version(configuration.store_url)
    except StoreUnavailable as error:
        yield Checked("wrong", say("check.store_unavailable", cause=str(error)))
        found = None
    else:
        yield _version(found)
    if configuration.installation.engine == "kafka":
        from producers.check_broker import broker  # its library takes half a second to import

        yield from (Checked(*one) for one in broker(configuration.kafka))
    if found == VERSION:
        yield from _clocks(configuration, clock)
        yield from _self_check(configuration, clock)
        if links:
            yield from _outside(configuration, clock)
    yield from _endpoints(configuration, clock, is_current=found == VERSION)
    yield from _staff(configuration, clock, is_current=found == VERSION)


def _listeners(configuration: Configuration) -> Iterator[Checked]:
    settings = configuration.installation
    production = "check.production" if settings.production else "check.rehearsal"
    yield Checked("well", say(production, address=configuration.public_url))
    if not is_loopback(settings.inner_host):
        yield Checked("wrong", say("check.inner_host", host=settings.inner_host))
    if settings.production and not settings.public_url:
        yield Checked("warning", say("check.no_public_url", address=configuration.public_url))


def _allow_list(configuration: Configuration, today: date) -> Iterator[Checked]:
    for row in configuration.allow:
        values = {"origin": row.origin, "owner": row.owner, "day": row.expires}
        if row.expires is not None and row.expires < today:
            yield Checked("warning", say("check.allow_ended", **values))
        elif row.expires is not None and row.expires <= today + SOON:
            yield Checked("warning", say("check.allow_ends", **values))


def _secrets(folder: Path) -> Iterator[Checked]:
    """Secrets that others on the machine could read."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Checked("warning", say("check.secret_open", file=file))


def _version(found: str | None) -> Checked:
    if found is None:
        return Checked("well", say("check.no_store"))
    if found == VERSION:
        return Checked("well", say("check.store", version=found))
    if found in (MOVED, MOVING):
        return Checked("wrong", say(f"check.store_{found}"))
    level, name = ("warning", "older") if found in KNOWN else ("wrong", "newer")
    return Checked(level, say(f"check.store_{name}", version=found, known=VERSION))


def _clocks(configuration: Configuration, clock: Clock) -> Iterator[Checked]:
    """Clocks of machines that are not believed: what cannot be called back waits there. And this one's where it differs
    from the database's: leases are written by one clock and read by another."""
    store = open_store(configuration.store_url, clock)
    try:
        found, other = store.read(doubts), store.elsewhere()
    finally:
        store.close()
    if other is not None and (apart := abs((other - clock.now()).total_seconds())) > APART:
        yield Checked("warning", say("check.clocks_apart", seconds=round(apart)))
    for since in found.values():
        yield Checked("warning", say("check.clock_doubted", since=f"{wall(since):%Y-%m-%d %H:%M}"))


def _self_check(configuration: Configuration, clock: Clock) -> Iterator[Checked]:
    """What each office would be told by its weekly self-check if that were now."""
    store = open_store(configuration.store_url, clock)
    try:
        dead = list(every_dead_link(store, configuration))
        for office in configuration.offices:
            mine = [one for one in dead if one.office == office]
            if found := store.read(partial(findings, office=office, now=clock.now(), links=len(mine))):
                yield Checked("warning", say("check.self_check", office=office, what=told(found)))
            for one in mine[:NAMED]:
                values = {"title": one.title, "number": one.index_number, "link": one.link}
                yield Checked("warning", say("check.dead_link", **values, why=say(f"check.link_{one.why}")))
            if len(mine) > NAMED:
                yield Checked("warning", say("check.more_dead_links", office=office, count=len(mine) - NAMED))
    finally:
        store.close()


def _outside(configuration: Configuration, clock: Clock) -> Iterator[Checked]:
    """What came of asking each link to others' sites once."""
    store = open_store(configuration.store_url, clock)
    try:
        holders = outside_links(store, configuration)
    finally:
        store.close()
    asked = list(ask(partners(configuration, clock), clock, holders))
    for one in asked:
        why = say("check.link_answers", status=one.status) if one.status else one.cause
        for holder in holders[one.link] if why else ():
            values = {"title": holder.title, "number": holder.index_number, "link": readable(one.link)}
            yield Checked("warning", say("check.outside_link", **values, why=why))
    count = sum(one.answered for one in asked)
    yield Checked("well", say("check.outside_links", count=len(asked), asked=count, left=len(asked) - count))


def _endpoints(configuration: Configuration, clock: Clock, *, is_current: bool) -> Iterator[Checked]:
    """Each endpoint: its office, its channel, its options, and whether it could send."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "nothing.sqlite"  # never written: nothing asks it anything
        store = open_store(configuration.store_url, clock) if is_current else SqliteStore(scratch, clock)
        try:
            http, smtp = partners(configuration, clock), mail_servers(configuration, clock)
            outlets = Outlets(configuration, store, http=http, own=http, smtp=smtp, token=new_token())
            for found in _every(configuration, store if is_current else None):
                stands = _endpoint(configuration, outlets, found)
                yield stands
                yield from _warnings(outlets, found)
                yield from _differs(configuration, outlets, found)
                yield from _key(configuration, found)
                if stands.level == "well" and not found.pretend:
                    yield from _agreed(outlets, found)
                    yield from _ails(outlets, found)
        finally:
            store.close()


def _staff(configuration: Configuration, clock: Clock, *, is_current: bool) -> Iterator[Checked]:
    """Whom nobody could remind of what their office owes."""
    for what in unnamed(configuration):
        yield Checked("warning", what)
    if not any(office.staff.persons for office in configuration.offices.values()):
        return
    store = open_store(configuration.store_url, clock) if is_current else None
    try:
        there = {one.id: one for one in _every(configuration, store)}
        yield from _without_list(configuration, store, there.values())
        yield from _of_two_kinds(there.values())
    finally:
        if store is not None:
            store.close()
    for office, table in configuration.offices.items():
        for name, person in table.staff.persons.items():
            for box in person.endpoints:
                if (one := there.get(box)) is None or one.office != office or not _is_for_staff(one):
                    yield Checked("wrong", say("remind.no_endpoint", office=office, person=name, endpoint=box))


def _without_list(configuration: Configuration, store: Store | None, there: Iterable[Endpoint]) -> Iterator[Checked]:
    """Phones of staff of whom no number was read in."""
    for one in there:
        name = json.loads(one.options).get("audience") if _is_for_staff(one) else None
        if name is None or one.office not in configuration.offices:
            continue
        if store is None or store.read(partial(newest, name=str(name), office=one.office)) is None:
            what = say("command.no_list", audience=name, office=one.office)
            yield Checked("warning", say("check.endpoint_settle", endpoint=one.id, what=what))


def _of_two_kinds(there: Iterable[Endpoint]) -> Iterator[Checked]:
    """Lists of an office that both its staff and the public are texted by: told of either endpoint."""
    named = [(one, (one.office, audience_of(one))) for one in there if one.channel in names()]
    staff, public = ({of: one.id for one, of in named if _is_for_staff(one) is kind} for kind in (True, False))
    for one, of in named:
        name, others = ("two_kinds", public) if _is_for_staff(one) else ("staff", staff)
        if of[1] is not None and of in others:
            what = say(f"check.list_of_{name}", audience=of[1], other=others[of])
            yield Checked("wrong", say("check.endpoint_settle", endpoint=one.id, what=what))


def _is_for_staff(one: Endpoint) -> bool:
    return one.channel in names() and not load(one.channel).public


def _warnings(outlets: Outlets, found: Endpoint) -> Iterator[Checked]:
    """What its channel would have settled first, where it is a channel at all."""
    with suppress(ValidationError, LookupError):
        for what in outlets.channel(found).warnings():
            yield Checked("warning", say("check.endpoint_settle", endpoint=found.id, what=what))


def _differs(configuration: Configuration, outlets: Outlets, found: Endpoint) -> Iterator[Checked]:
    """Options that the configuration has and the store, which holds, has not."""
    table = configuration.endpoints.get(found.id)
    with suppress(ValidationError, LookupError):
        kind = outlets.channel_class(found)
        here, there = (
            kind.Options.model_validate(one) for one in (table.options if table else {}, json.loads(found.options))
        )
        if table is not None and here != there:
            names = sorted(name for name in kind.Options.model_fields if getattr(here, name) != getattr(there, name))
            yield Checked("warning", say("check.endpoint_differs", endpoint=found.id, options="、".join(names)))


def _key(configuration: Configuration, found: Endpoint) -> Iterator[Checked]:
    """A key that is to be made when it is needed: each of several machines makes its own, a container can make none."""
    if configuration.installation.engine == "embedded" or not json.loads(found.options).get("comments"):
        return
    try:
        configuration.secret(NUMBERS)
    except SettingsError:
        yield Checked("warning", say("check.no_key", endpoint=found.id))


def _agreed(outlets: Outlets, found: Endpoint) -> Iterator[Checked]:
    """What its outlet says of what was agreed on with it."""
    for one in outlets.channel(found).agreed():
        yield Checked(one.level, say("check.endpoint_settle", endpoint=found.id, what=one.what))


def _ails(outlets: Outlets, found: Endpoint) -> Iterator[Checked]:
    """What is to be mended there although everything goes out."""
    for one in outlets.channel(found).ails():
        yield Checked("warning", say("check.endpoint_settle", endpoint=found.id, what=one.why))


def _every(configuration: Configuration, store: Store | None) -> list[Endpoint]:
    """The endpoints of the store, and those of the configuration that it does not have yet."""
    rows = store.read(lambda c: c.execute(select(endpoint)).all()) if store else ()
    stored = {row.id: endpoint_of(row) for row in rows}
    new = {name: table for name, table in configuration.endpoints.items() if name not in stored}
    return [*stored.values(), *(_of(configuration, name, table) for name, table in new.items())]


def _of(configuration: Configuration, name: str, table: EndpointTable) -> Endpoint:
    leaves = table.channel in names() and load(table.channel).leaves
    pretend = leaves and not configuration.installation.production if table.pretend is None else table.pretend
    options = json.dumps(table.options, ensure_ascii=False)
    return Endpoint(name, table.office, table.channel, table.title, options, pretend, enabled=True, reason=None)


def _endpoint(configuration: Configuration, outlets: Outlets, found: Endpoint) -> Checked:
    if found.office not in configuration.offices:
        return Checked("wrong", say("orphan.office", endpoint=found.id, office=found.office))
    if found.channel not in names():
        return Checked("wrong", say("orphan.channel", endpoint=found.id, channel=found.channel))
    try:
        channel = outlets.channel(found)
        channel.ready()
    except ValidationError as error:
        causes = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return Checked("wrong", say("check.endpoint_options", endpoint=found.id, cause=causes))
    except (Refused, TryAgain) as error:
        return Checked("wrong", say("check.endpoint_unready", endpoint=found.id, cause=str(error)))
    if not found.enabled:
        return Checked("warning", say("check.endpoint_disabled", endpoint=found.id, reason=found.reason or ""))
    if isinstance(channel, Pretend) and (cause := channel.finding()):
        return Checked("warning", say("check.endpoint_unready_rehearsed", endpoint=found.id, cause=cause))
    name = "check.endpoint_rehearsed" if found.pretend else "check.endpoint"
    return Checked("well", say(name, endpoint=found.id, title=found.title))
