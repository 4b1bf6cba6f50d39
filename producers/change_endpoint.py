"""Give an endpoint other options while everything runs, where nothing it has in hand was made for the old ones."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, func, select, update

from channels.base import Channel, Outcome
from config.messages import say
from producers.add_endpoint import finding_of
from producers.house import House
from streams import audit
from streams.endpoints import office_of
from streams.outlets import Endpoint, endpoint_of
from streams.store.store import Tx
from streams.store.tables import endpoint, message, part

UNPLANNED = (
    select(func.count())
    .select_from(message)
    .where(message.c.office == bindparam("of_office"), message.c.planned_at.is_(None))
)
LEFT = (Outcome.PLANNED, Outcome.PARKED)  # approved as the channel was, and still to be sent


class NotNow(Exception):
    """The endpoint has something in hand that other options would strand; the text is what."""


@dataclass(frozen=True)
class Changed:
    """What is different now. ``finding``: rehearsed, and what would keep it from really sending; else empty."""

    options: tuple[str, ...]
    finding: str = ""


def change_endpoint(
    house: House, name: str, *, options: Mapping[str, Any], without: Collection[str], why: str, by: str
) -> Changed:
    """Set these ``options`` of ``name`` and drop those named in ``without``; the others stay.

    Raises ``UnknownEndpoint``, ``NotNow``, ``WouldRefuse``, ``pydantic.ValidationError`` for the options, or
    ``StoreUnavailable``; then nothing was changed.
    """
    return house.store.write(partial(_change, house=house, name=name, given=options, without=without, why=why, by=by))


def _change(
    tx: Tx, *, house: House, name: str, given: Mapping[str, Any], without: Collection[str], why: str, by: str
) -> Changed:
    office = office_of(tx, name)
    row = tx.connection.execute(select(endpoint).where(endpoint.c.id == name).with_for_update()).one()
    before, kind = endpoint_of(row), house.outlets.channel_class(endpoint_of(row))
    raw = json.loads(before.options)
    new = _said(kind, {key: value for key, value in {**raw, **given}.items() if key not in without})
    try:
        old = _said(kind, raw)
    except ValidationError:  # what this version of the program does not take: put right now
        old = raw
    differ = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if not differ:
        return Changed(())
    after = replace(before, options=json.dumps(new, ensure_ascii=False, sort_keys=True))
    finding = finding_of(house, after)
    _refuse_what_is_in_hand(tx, house, before, after)
    tx.connection.execute(update(endpoint).where(endpoint.c.id == name).values(options=after.options))
    detail = {"why": why, "options": {key: [old.get(key), new.get(key)] for key in differ}}
    audit.record(tx, office=office, who=by, act="endpoint.changed", subject=name, detail=detail)
    return Changed(tuple(differ), finding)


def _said(kind: type[Channel], options: Mapping[str, Any]) -> dict[str, Any]:
    return kind.Options.model_validate(dict(options)).model_dump(mode="json", exclude_unset=True)


def _refuse_what_is_in_hand(tx: Tx, house: House, before: Endpoint, after: Endpoint) -> None:
    """Raises ``NotNow``.

    A doubt is looked up where the send went (docs/decisions/0105-sms-channel.md); what was approved for one edition of
    a channel is none of another's.
    """
    states = select(part.c.state, func.count()).where(part.c.endpoint == before.id).group_by(part.c.state)
    there = {row[0]: row[1] for row in tx.connection.execute(states)}
    for state in (Outcome.SENDING, Outcome.UNKNOWN):
        if count := there.get(state):
            raise NotNow(say(f"command.in_hand_{state}", count=count))
    count = sum(there.get(state, 0) for state in LEFT)
    count += tx.connection.execute(UNPLANNED, {"of_office": before.office}).scalar_one()
    if count and _edition(house, before) != _edition(house, after):
        raise NotNow(say("command.in_hand_approved", count=count))


def _edition(house: House, of: Endpoint) -> str | None:
    try:
        return house.outlets.channel(of).edition
    except ValidationError:
        return None
