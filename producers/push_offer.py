"""What pushing a notice would mean: where, which message, which slot; or why it cannot be pushed. Writes nothing."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from channels import wechat
from channels.base import Outcome
from channels.wechat.pushing import ALONE, key_of, may_repeat
from channels.wechat.slots import Slot, Slots, began
from notices.notice import State, Urgency
from producers.arrived import ARRIVED
from producers.lookup import find, newest
from streams import pushes
from streams.endpoints import UnknownEndpoint
from streams.outlets import Endpoint, endpoint_of
from streams.pushes import OPEN, Push
from streams.store import tables

WENT = frozenset({Outcome.ACCEPTED, Outcome.DELIVERED})


class NoPush(Exception):
    """It cannot be pushed; ``why`` names the reason, ``values`` are put into its words."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


@dataclass(frozen=True)
class Offer:
    """A push as it would be: of what, where, and what it costs."""

    found: Endpoint
    part: "Row[Any]"  # of the delivery that was published
    title: str
    slots: Slots
    slot: Slot
    push: Push
    doubted: bool  # it was tried, and nobody knows whether it went: its slot is spent already


@dataclass(frozen=True)
class Wish:
    """What a person asks for: which notice, at which account where there are several, and whether from the reserve."""

    notice: str
    endpoint: str | None
    use_reserve: bool
    by: str


def offer(connection: Connection, wish: Wish, now: datetime) -> Offer | Push:
    """What the push would be; one that went already is given instead.

    Raises ``UnknownNotice``, ``UnknownEndpoint`` or ``NoPush``.
    """
    row = find(connection, wish.notice)
    if row.state == State.WITHDRAWN:
        raise NoPush("withdrawn", notice=row.id)
    found = account_of(connection, row.id, wish.endpoint)
    _refuse_resting(connection, found, now)
    part = _published(connection, row, found)
    version, account = newest(connection, row.id), options_of(found).appid
    same = [
        one for one in pushes.of_notices(connection, [row.id]) if (one.account, one.sequence) == (account, row.sequence)
    ]
    if same and same[-1].outcome in WENT:
        return same[-1]
    if version.expires_at is not None and version.expires_at <= now:
        raise NoPush("expired", notice=row.id, at=version.expires_at)
    slots, _ = slots_of(connection, found, now)
    if same and same[-1].outcome in OPEN:
        refuse_under_way(same[-1], now)
        if not may_repeat(same[-1].begun_at, now):
            raise NoPush("lost", notice=row.id, at=same[-1].begun_at)
        again = replace(same[-1], by=wish.by, tried_at=now)
        return Offer(found, part, version.title, slots, Slot.FREE, again, doubted=True)
    slot = slots.take(urgent=version.urgency is Urgency.EMERGENCY, use_reserve=wish.use_reserve)
    if slot in (Slot.NONE, Slot.KEPT):
        why = f"slots_{slot}_{slots.period}"
        raise NoPush(why, title=found.title, spent=slots.spent, left=slots.left, most=slots.most)
    failed = sum(one.outcome is Outcome.FAILED for one in same)
    key = key_of(row.id, row.sequence, account, failed)
    new = Push(key, row.id, row.sequence, found.id, account, wish.by, begun_at=now, tried_at=now)
    return Offer(found, part, version.title, slots, slot, new, doubted=False)


def account_of(connection: Connection, notice: str, endpoint: str | None) -> Endpoint:
    """The account that is meant: the only one that the notice went to, where none is named.

    Raises ``UnknownEndpoint`` or ``NoPush``.
    """
    had = select(tables.delivery.c.endpoint).where(tables.delivery.c.subject == notice)
    accounts = select(tables.endpoint).where(
        tables.endpoint.c.channel == wechat.Channel.name, tables.endpoint.c.id.in_(had)
    )
    rows = [endpoint_of(row) for row in connection.execute(accounts.order_by(tables.endpoint.c.id))]
    if endpoint is not None:
        named = endpoint_named(connection, endpoint)
        if named not in rows:
            raise NoPush("not_there", notice=notice, endpoint=endpoint)
        return named
    if not rows:
        raise NoPush("nowhere", notice=notice)
    if len(rows) > 1:
        raise NoPush("which", names="、".join(one.id for one in rows))
    return rows[0]


def endpoint_named(connection: Connection, name: str) -> Endpoint:
    """The endpoint of this name. Raises ``UnknownEndpoint``."""
    row = connection.execute(select(tables.endpoint).where(tables.endpoint.c.id == name)).first()
    if row is None:
        names = connection.execute(select(tables.endpoint.c.id).order_by(tables.endpoint.c.id)).scalars()
        raise UnknownEndpoint(f"{name!r}: {', '.join(names)}")
    return endpoint_of(row)


def _refuse_resting(connection: Connection, found: Endpoint, now: datetime) -> None:
    """Nothing is pushed where nothing is sent. Raises ``NoPush``."""
    if found.pretend:
        raise NoPush("rehearsed", endpoint=found.id)
    if not found.enabled:
        raise NoPush("disabled", endpoint=found.id, reason=found.reason or "–")
    lane = tables.lane
    paused = connection.execute(
        select(lane.c.paused_why).where(
            lane.c.endpoint == found.id,
            lane.c.paused_at.is_not(None),
            lane.c.paused_until.is_(None) | (lane.c.paused_until > now),
        )
    ).first()
    if paused is not None:
        raise NoPush("paused", endpoint=found.id, reason=paused.paused_why or "–")


def _published(connection: Connection, row: "Row[Any]", found: Endpoint) -> "Row[Any]":
    """The part that published the newest message of the notice there. Raises ``NoPush``."""
    part, delivery = tables.part, tables.delivery
    sent = connection.execute(
        select(part, delivery.c.message, delivery.c.parts, delivery.c.audience)
        .join(delivery, delivery.c.id == part.c.delivery)
        .where(delivery.c.endpoint == found.id, delivery.c.subject == row.id)
        .where(delivery.c.subject_sequence == row.sequence, part.c.number == 0)
    ).first()
    if sent is None or sent.state not in ARRIVED or not json.loads(sent.scratch).get("article"):
        raise NoPush("not_published", notice=row.id, title=found.title)
    return sent


def refuse_under_way(found: Push, now: datetime) -> None:
    """Whoever began it may still be at it; of a clock that was put back nobody knows. Raises ``NoPush``."""
    if found.outcome is Outcome.SENDING and timedelta(0) <= now - found.tried_at < ALONE:
        raise NoPush("under_way", by=found.by, at=found.tried_at, minutes=int(ALONE.total_seconds() // 60))


def slots_of(connection: Connection, found: Endpoint, now: datetime) -> tuple[Slots, datetime]:
    """How many pushes the account of an endpoint has left, and since when they are counted."""
    options = options_of(found)
    whole = options.slots()
    since = began(whole.period, now)
    return options.slots(pushes.spent(connection, options.appid, since)), since


def options_of(found: Endpoint) -> wechat.WechatOptions:
    """What is set of the account."""
    return wechat.WechatOptions.model_validate_json(found.options)
