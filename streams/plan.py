"""Plan: who is to hear a message. A release goes where the version says; what follows it goes to those that had it.
What the program itself tells of a matter goes where each message says: its events are not for the same outlets. A
reminder goes to the endpoints that it names, and to no other.

An event only says that a notice has something to plan: what that is, the store knows. So a correction that is carried
before its release, or a release that is let go from the dead letters days later, plans both, in their order.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from channels.base import Outcome
from notices.notice import MessageKind
from streams.admit import lane_key
from streams.ceiling import AboveCeiling, Unasked, refuse_unasked
from streams.events import DeliveryPlanned, Event, Said, event
from streams.outlets import Endpoint, Outlets, endpoint_of
from streams.persons import Persons, persons_of
from streams.store.store import FAILING, Tx
from streams.store.tables import delivery, endpoint, message, part, rendition

NEVER_HAD = (Outcome.CANCELLED, Outcome.REFUSED)  # a part that ended so did not arrive at the outlet
MAY_STILL_GO = (Outcome.PLANNED, Outcome.SENDING, Outcome.PARKED, Outcome.UNKNOWN)  # the latter when a person says so
NOT_APPROVED = "no rendition was approved for this endpoint"

UNPLANNED = (
    select(*(column for column in message.c if column is not message.c.content))
    .where(message.c.subject.in_(bindparam("subjects", expanding=True)), message.c.planned_at.is_(None))
    .order_by(message.c.subject, message.c.sequence)
    .with_for_update()
)
MARK = update(message).where(message.c.id == bindparam("of")).values(planned_at=bindparam("at"))
APPROVED = select(rendition).where(rendition.c.message.in_(bindparam("ids", expanding=True)))
ROUTED = (
    select(endpoint)
    .where(endpoint.c.office == bindparam("of"), endpoint.c.channel.in_(bindparam("channels", expanding=True)))
    .order_by(endpoint.c.id)
)
NAMED = (
    select(endpoint)
    .where(endpoint.c.office == bindparam("of"), endpoint.c.id.in_(bindparam("names", expanding=True)))
    .order_by(endpoint.c.id)
)
HAD = select(part.c.endpoint).where(
    part.c.endpoint == endpoint.c.id, part.c.subject == bindparam("of"), part.c.state.not_in(NEVER_HAD)
)
RECEIVERS = (
    select(endpoint)
    .where(endpoint.c.id.in_(select(delivery.c.endpoint).where(delivery.c.subject == bindparam("of"))), HAD.exists())
    .order_by(endpoint.c.id)
)
FIRST_DUE = select(func.min(part.c.due_at)).where(
    part.c.endpoint == bindparam("of"), part.c.urgent == bindparam("fast"), part.c.due_at.is_not(None)
)
AHEAD = timedelta(milliseconds=1)  # of what would be sent next
NUMBER = (
    update(endpoint)
    .where(endpoint.c.id == bindparam("of"))
    .values(sequence=endpoint.c.sequence + bindparam("many"))
    .returning(endpoint.c.sequence, endpoint.c.state, endpoint.c.reason)
)


@dataclass(frozen=True)
class Target:
    """Where one message goes, and why it must wait for a person there; empty when it need not."""

    said: "Row[Any]"
    endpoint: Endpoint
    rendition: str  # SHA-256; empty when none was approved
    parts: int
    persons: Persons | None  # None: the outlet itself is the recipient
    obstacle: str


def plan(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
    """Write a delivery with its parts for each endpoint that is to hear of what the events say, and say so."""
    said = _unplanned(tx, [cause.data for cause in events if isinstance(cause.data, Said)])
    for first, run in groupby(said, _is_routed):
        # whom a correction goes to depends on what was planned before it
        for together in [list(run)] if first else [[one] for one in run]:
            _plan(tx, together, outlets)
    if said:
        tx.connection.execute(MARK, [{"of": row.id, "at": tx.clock.now()} for row in said])


def routed(connection: Connection, messages: "Sequence[Row[Any]]", outlets: Outlets) -> list[list[Endpoint]]:
    """For each message the endpoints of its own office on the channels that the version names; of a reminder those that
    it names itself."""

    @cache
    def ways(office: str, channels: tuple[str, ...]) -> list[Endpoint]:
        return [endpoint_of(row) for row in connection.execute(ROUTED, {"of": office, "channels": channels})]

    def where(said: "Row[Any]") -> list[Endpoint]:
        message = outlets.said(connection, said.id).message
        if message.kind is MessageKind.REMINDER:
            to = {"of": said.office, "names": message.endpoints}
            return [endpoint_of(row) for row in connection.execute(NAMED, to)]
        return ways(said.office, message.version.channels)

    return [where(said) for said in messages]


def _is_routed(said: "Row[Any]") -> bool:
    """True when it goes where its own text says, whoever had something before."""
    return bool(said.sequence == 1 or said.kind == MessageKind.MATTER)


def receivers(connection: Connection, subject: str) -> list[Endpoint]:
    """The endpoints that had something of ``subject``, in part at least, or are about to."""
    return [endpoint_of(row) for row in connection.execute(RECEIVERS, {"of": subject})]


def hears(
    connection: Connection, subject: str, found: Endpoint, outlets: Outlets, *, minor: bool, withdraws: bool
) -> bool:
    """Whether ``found``, which had something of ``subject``, is told of a correction or the withdrawal of it."""
    deaf = minor and not outlets.channel_class(found).hears_minor
    deaf = deaf or (withdraws and not _hears_withdrawals(outlets, found))
    return not deaf or _still_waits(connection, subject, found.id)


def _hears_withdrawals(outlets: Outlets, found: Endpoint) -> bool:
    try:
        return outlets.channel(found).hears_withdrawals
    except Exception:  # options that its channel does not take: it waits for a person
        return True


def _unplanned(tx: Tx, said: "Sequence[Said]") -> "list[Row[Any]]":
    """What is to be planned: of each notice everything up to what its event says, the oldest first."""
    waiting: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.connection.execute(UNPLANNED, {"subjects": sorted({one.notice for one in said})}):
        waiting[row.subject].append(row)
    found = []
    for one in said:
        rows = waiting[one.notice]
        while rows and rows[0].sequence <= one.sequence:
            found.append(rows.pop(0))
    return found


def _hears(connection: Connection, said: "Row[Any]", outlets: Outlets) -> list[Endpoint]:
    withdraws = outlets.said(connection, said.id).message.withdrawal is not None
    return [
        found
        for found in receivers(connection, said.subject)
        if hears(connection, said.subject, found, outlets, minor=said.minor, withdraws=withdraws)
    ]


def _still_waits(connection: Connection, subject: str, at: str) -> bool:
    """True when an earlier text may still go out there: then whatever is newer must take its place."""
    waiting = select(part.c.delivery).where(
        part.c.endpoint == at, part.c.subject == subject, part.c.state.in_(MAY_STILL_GO)
    )
    return connection.execute(waiting.limit(1)).first() is not None


def _plan(tx: Tx, said: "Sequence[Row[Any]]", outlets: Outlets) -> None:
    """One delivery a message and target, each with the next number of its endpoint; nobody else takes that number."""
    if _is_routed(said[0]):
        ways = routed(tx.connection, said, outlets)
    else:
        ways = [_hears(tx.connection, one, outlets) for one in said]
    approved = {
        (row.message, row.channel, row.edition): row.sha256
        for row in tx.connection.execute(APPROVED, {"ids": [row.id for row in said]})
    }
    targets = [
        _target(tx.connection, row, way, outlets, approved)
        for row, found in zip(said, ways, strict=True)
        for way in found
    ]
    if not targets:
        return
    numbers = _Numbers(tx, Counter(target.endpoint.id for target in targets))
    rows = [_delivery(target, numbers, tx) for target in targets]
    tx.connection.execute(insert(delivery), rows)
    due = [_due(tx, row, to.said) for row, to in zip(rows, targets, strict=True)]
    parts = [one for row, to, at in zip(rows, targets, due, strict=True) for one in _parts(row, to.said, at)]
    tx.connection.execute(insert(part), parts)
    tx.emit(*(_planned(row, to.said, tx) for row, to in zip(rows, targets, strict=True)))


def _target(
    connection: Connection, said: "Row[Any]", way: Endpoint, outlets: Outlets, approved: dict[tuple[str, str, str], str]
) -> Target:
    try:
        channel = outlets.channel(way)
        sha256 = approved.get((said.id, way.channel, channel.edition), "")
        obstacle = "" if sha256 else NOT_APPROVED
        if channel.audience is None:
            return Target(said, way, sha256, channel.parts(0), None, obstacle)
        persons = persons_of(connection, way, channel, said.subject)
        if sha256 and _is_routed(said):  # the list may have come since; what follows goes to whom the first went
            refuse_unasked(connection, outlets, way, Unasked(said.id, said.subject, said.sequence))
        return Target(said, way, sha256, persons.parts, persons, obstacle)
    except FAILING:
        raise
    except AboveCeiling as dear:
        return Target(said, way, sha256, 1, None, str(dear))
    except Exception as error:  # options that its channel does not take: that outlet waits, the others do not
        return Target(said, way, "", 1, None, f"{type(error).__name__}: {error}"[:2_000])


class _Numbers:
    """The next numbers of endpoints, taken for this transaction; whoever disables one meanwhile waits for it."""

    def __init__(self, tx: Tx, wanted: Counter[str]) -> None:
        self._next: dict[str, int] = {}
        self.disabled: dict[str, str] = {}  # endpoint → why it takes nothing
        for name, many in sorted(wanted.items()):  # in one order, so that two workers cannot wait for each other
            row = tx.connection.execute(NUMBER, {"of": name, "many": many}).one()
            self._next[name] = row.sequence - many
            if row.state != "enabled":
                self.disabled[name] = row.reason or "the endpoint is disabled"

    def take(self, name: str) -> int:
        """The next one."""
        self._next[name] += 1
        return self._next[name]


def _delivery(target: Target, numbers: _Numbers, tx: Tx) -> dict[str, Any]:
    obstacle = numbers.disabled.get(target.endpoint.id) or target.obstacle
    return {
        "id": secrets.token_hex(12),
        "endpoint": target.endpoint.id,
        "urgent": target.said.urgent,
        "sequence": numbers.take(target.endpoint.id),
        "message": target.said.id,
        "subject": target.said.subject,
        "subject_sequence": target.said.sequence,
        "rendition": target.rendition,
        "parts": target.parts,
        "audience": target.persons and target.persons.audience,
        "edition": target.persons and target.persons.edition,
        "each": target.persons and target.persons.each,
        "state": Outcome.PARKED if obstacle else Outcome.PLANNED,
        "cause": obstacle,
        "planned_at": tx.clock.now(),
    }


def _due(tx: Tx, row: dict[str, Any], said: "Row[Any]") -> datetime | None:
    """From when on it may be sent. What happens in a matter goes before all that waits, however much that is: a window
    that closed must be seen to have closed. None: it waits for a person."""
    if row["state"] is not Outcome.PLANNED:
        return None
    at: datetime = row["planned_at"]
    if said.kind != MessageKind.MATTER:
        return at
    first = tx.connection.execute(FIRST_DUE, {"of": row["endpoint"], "fast": row["urgent"]}).scalar()
    return min(at, first - AHEAD) if first else at


def _parts(row: dict[str, Any], said: "Row[Any]", due: datetime | None) -> list[dict[str, Any]]:
    kept = {name: row[name] for name in ("endpoint", "urgent", "sequence", "subject", "subject_sequence", "cause")}
    return [
        {
            **kept,
            "delivery": row["id"],
            "number": number,
            "state": row["state"],
            "step": "",
            "tries": 0,
            "attempts": 0,
            "recoveries": 0,
            "due_at": due,
            "expires_at": said.expires_at,
            "scratch": "{}",
            "reference": "",
            "trace": said.trace,
        }
        for number in range(row["parts"])
    ]


def _planned(row: dict[str, Any], said: "Row[Any]", tx: Tx) -> Event:
    data = DeliveryPlanned(
        delivery=row["id"],
        endpoint=row["endpoint"],
        urgent=row["urgent"],
        message=row["message"],
        subject=row["subject"],
    )
    key = lane_key(row["endpoint"], row["urgent"])
    return event(data, clock=tx.clock, subject=row["subject"], key=key, traceparent=said.trace)
