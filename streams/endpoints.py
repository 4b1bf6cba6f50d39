"""Endpoints: seeded from the configuration, then kept in the store; added, paused and let go on by people."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select, update

from channels.base import Channel, load, names
from config.messages import say
from config.settings import Configuration, EndpointTable, SettingsError
from streams import audit
from streams.admit import make_due, open_lanes
from streams.store.store import Tx
from streams.store.tables import endpoint, lane


class UnknownEndpoint(Exception):
    """There is no endpoint of this name; the text names those there are."""


def seed(tx: Tx, configuration: Configuration) -> None:
    """Add the endpoints of the configuration that the store does not have; it never changes one that it has.

    Raises ``SettingsError`` for a channel that there is not, or options that it does not take.
    """
    for name, table in configuration.endpoints.items():
        kind = _channel_of(name, table)
        pretend = kind.leaves and not configuration.installation.production
        _insert(tx, name, kind, table, pretend=pretend if table.pretend is None else table.pretend)


def refuse_orphans(tx: Tx, configuration: Configuration) -> None:
    """No endpoint may fall silent because its office or channel is not there any more.

    Raises ``SettingsError`` that names each one whose office the configuration, or channel the program, has not.
    """
    rows = tx.connection.execute(select(endpoint.c.id, endpoint.c.office, endpoint.c.channel).order_by(endpoint.c.id))
    found = []
    for row in rows:
        if row.office not in configuration.offices:
            found.append(say("orphan.office", endpoint=row.id, office=row.office))
        if row.channel not in names():
            found.append(say("orphan.channel", endpoint=row.id, channel=row.channel))
    if found:
        raise SettingsError("\n".join(found))


def add(
    tx: Tx,
    name: str,
    *,
    office: str,
    channel: str,
    title: str,
    options: Mapping[str, Any],
    pretend: bool,
    by: str,
    find: Callable[[str], type[Channel]] = load,
) -> bool:
    """Add an endpoint; whatever is released from now on goes there too. False when the name is taken.

    Raises ``pydantic.ValidationError`` for options that its channel does not take.
    """
    kind = find(channel)
    kind.Options.model_validate(dict(options))
    table = EndpointTable(office=office, channel=channel, title=title, options=dict(options))
    if not _insert(tx, name, kind, table, pretend=pretend):
        return False
    audit.record(
        tx,
        office=office,
        who=by,
        act="endpoint.added",
        subject=name,
        detail={"channel": channel, "title": title, "pretend": pretend},
    )
    return True


def pause(tx: Tx, name: str, *, by: str, why: str, until: datetime | None) -> None:
    """Send nothing there until ``until``, or until somebody lets it go on. Raises ``UnknownEndpoint``."""
    office = office_of(tx, name)
    open_lanes(tx, {(name, False), (name, True)})
    tx.connection.execute(
        update(lane)
        .where(lane.c.endpoint == name)
        .values(paused_at=tx.clock.now(), paused_by=by, paused_why=why, paused_until=until)
    )
    detail = {"why": why, "until": None if until is None else until.isoformat()}
    audit.record(tx, office=office, who=by, act="endpoint.paused", subject=name, detail=detail)


def resume(tx: Tx, name: str, *, by: str) -> None:
    """Let a paused endpoint go on at once. Raises ``UnknownEndpoint``."""
    office = office_of(tx, name)
    tx.connection.execute(
        update(lane)
        .where(lane.c.endpoint == name)
        .values(paused_at=None, paused_by=None, paused_why=None, paused_until=None)
    )
    make_due(tx, {(name, False), (name, True)}, tx.clock.now())
    audit.record(tx, office=office, who=by, act="endpoint.resumed", subject=name, detail={})


def office_of(tx: Tx, name: str) -> str:
    """The office of an endpoint. Raises ``UnknownEndpoint``."""
    found: str | None = tx.connection.execute(select(endpoint.c.office).where(endpoint.c.id == name)).scalar()
    if found is None:
        names = tx.connection.execute(select(endpoint.c.id).order_by(endpoint.c.id)).scalars()
        raise UnknownEndpoint(f"{name!r}: {', '.join(names)}")
    return found


def _channel_of(name: str, table: EndpointTable) -> type[Channel]:
    try:
        kind = load(table.channel)
        kind.Options.model_validate(table.options)
    except ValidationError as error:
        allowed = ", ".join(sorted(kind.Options.model_fields)) or "none"
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        where = f"[endpoints.{name}] options"
        raise SettingsError("\n".join(f"{where} {one}; allowed: {allowed}" for one in wrong)) from None
    except LookupError as error:
        raise SettingsError(f"[endpoints.{name}] channel: {error}") from None
    return kind


def _insert(tx: Tx, name: str, kind: type[Channel], table: EndpointTable, *, pretend: bool) -> bool:
    row = {
        "id": name,
        "office": table.office,
        "channel": table.channel,
        "title": table.title,
        "options": json.dumps(table.options, ensure_ascii=False, sort_keys=True),
        "sequence": 0,
        "state": "enabled",
        "added_at": tx.clock.now(),
        "pretend": pretend,
        "on_files": kind.writes_files,
    }
    return tx.connection.execute(tx.insert_or_ignore(endpoint), row).rowcount == 1
