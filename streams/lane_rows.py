"""Lanes as rows: who holds one, what waits in it, how it stands. Every query a turn makes, by name."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    Row,
    Text,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
    true,
    update,
)

from channels.base import Outcome
from streams.breaker import Breaker
from streams.lanes import Subjects, Waiting
from streams.outlets import Endpoint, endpoint_of
from streams.share import WHOLE, Share
from streams.store.store import Tx
from streams.store.tables import attempt, delivery, endpoint, lane, part

LEASE = timedelta(seconds=10)  # a holder renews it every few seconds; one that is stopped loses it

_THIS = (lane.c.endpoint == bindparam("of"), lane.c.urgent == bindparam("fast"))
_HERE = (part.c.endpoint == bindparam("of"), part.c.urgent == bindparam("fast"))
_PART = (part.c.delivery == bindparam("of_delivery"), part.c.number == bindparam("of_number"))
_BREAKER = tuple(field.name for field in fields(Breaker))
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_HELD = select(lane).where(lane.c.endpoint.in_(_NAMES), lane.c.urgent == bindparam("fast")).order_by(lane.c.endpoint)
_ENDPOINTS = select(endpoint).where(endpoint.c.id.in_(_NAMES)).order_by(endpoint.c.id)
HELD = {waits: _HELD.with_for_update(skip_locked=not waits) for waits in (True, False)}
# locked before the lane, everywhere: the endpoint's other lane, and whoever disables it, wait for this turn's end
ENDPOINTS = {waits: _ENDPOINTS.with_for_update(skip_locked=not waits) for waits in (True, False)}
# Spelled out: SQLite plans a question anew at each use when a parameter stands where a partial index might serve.
_PLANNED, _SENDING = (literal_column(f"'{state}'", Text) for state in (Outcome.PLANNED, Outcome.SENDING))
# what is planned or being sent has a due time, so this finds it by index, however much was delivered before
ORPHANS = select(part).where(*_HERE, part.c.due_at.is_not(None), part.c.state == _SENDING)
_OF_SUBJECT = part.alias("of_subject")
_SAME = (
    _OF_SUBJECT.c.endpoint == part.c.endpoint,
    _OF_SUBJECT.c.subject == part.c.subject,
)
_UNSENT = _OF_SUBJECT.c.state.in_((_PLANNED, _SENDING))
_FIRST = (part.c.state == _PLANNED) & (part.c.subject_sequence == 1)  # nothing waits that is older
_OLDEST = select(func.min(_OF_SUBJECT.c.subject_sequence)).where(*_SAME, _UNSENT).scalar_subquery()
_FLYING = (  # in the other lane: what is being sent has a due time there, too, and is found by index
    _OF_SUBJECT.c.endpoint == part.c.endpoint,
    _OF_SUBJECT.c.urgent == case((part.c.urgent, false()), else_=true()),
    _OF_SUBJECT.c.due_at.is_not(None),
    _OF_SUBJECT.c.state == _SENDING,
    _OF_SUBJECT.c.subject == part.c.subject,
)
_NEWEST = select(func.max(_OF_SUBJECT.c.subject_sequence)).where(*_SAME).scalar_subquery()
WAITING = (
    select(
        part,
        delivery.c.message,
        delivery.c.parts,
        delivery.c.audience,
        delivery.c.edition,
        delivery.c.each,
        _NEWEST.label("newest"),
        case((_FIRST, 1), else_=_OLDEST).label("oldest_waiting"),
        select(_OF_SUBJECT.c.delivery).where(*_FLYING).exists().label("flying"),
    )
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(*_HERE, part.c.due_at.is_not(None), part.c.state != _SENDING)
    .order_by(part.c.due_at, part.c.sequence, part.c.number)
    .limit(bindparam("most"))
)
_OLDER = part.alias("older")
WAITING_IN_ORDER = WAITING.where(  # where nothing is superseded, what waits behind an older one must not hide the rest
    ~select(_OLDER.c.delivery)
    .where(
        _OLDER.c.endpoint == part.c.endpoint,
        _OLDER.c.urgent == part.c.urgent,
        _OLDER.c.subject == part.c.subject,
        _OLDER.c.subject_sequence < part.c.subject_sequence,
        _OLDER.c.state.in_((_PLANNED, _SENDING)),
    )
    .exists()
)
BEFORE = (
    select(delivery.c.subject_sequence)
    .where(
        delivery.c.endpoint == bindparam("of"),
        delivery.c.subject == bindparam("of_subject"),
        delivery.c.subject_sequence < bindparam("of_sequence"),
    )
    .order_by(delivery.c.subject_sequence)
)
DOUBTED = (  # when the attempt began of whose part nobody knows what became
    select(func.max(attempt.c.started_at))
    .where(attempt.c.delivery == bindparam("of_delivery"), attempt.c.part == bindparam("of_number"))
    .where(attempt.c.outcome == Outcome.UNKNOWN)
)
SET_LANE = update(lane).where(*_THIS)
STAND = SET_LANE.values({name: bindparam(f"to_{name}") for name in (*_BREAKER, "not_before")})
HAND_BACK = STAND.values(holder=None, held_until=None, due_at=bindparam("to_due_at"))
SET_PART = update(part).where(*_PART)
DRAIN = (
    update(part)
    .where(*_HERE, part.c.state == _PLANNED, part.c.due_at > bindparam("now"))
    .values(due_at=bindparam("now"))
)
INTEND = SET_PART.values(
    state=bindparam("to_state"),
    step=bindparam("to_step"),
    tries=bindparam("to_tries"),
    attempts=bindparam("to_attempts"),
)
# the parameter first, for the same reason as above
_AS_BEGUN = (bindparam("from_state", type_=Text) == part.c.state, part.c.tries == bindparam("from_tries"))
RECORD = SET_PART.where(*_AS_BEGUN).values(  # a person may have decided meanwhile
    state=bindparam("to_state"),
    due_at=bindparam("to_due_at"),
    cause=bindparam("to_cause"),
    tries=bindparam("to_tries"),
    scratch=bindparam("to_scratch"),
    reference=case((bindparam("to_reference") != "", bindparam("to_reference")), else_=part.c.reference),
    recoveries=case((bindparam("advanced", type_=Boolean), 0), else_=part.c.recoveries),
)
END = (
    update(attempt)
    .where(attempt.c.delivery == bindparam("of_delivery"), attempt.c.part == bindparam("of_number"))
    .where(attempt.c.number == bindparam("of_attempt"))
    .values(
        ended_at=bindparam("at"),
        outcome=bindparam("to_outcome"),
        cause=bindparam("to_cause"),
        note=bindparam("to_note"),
    )
)


@dataclass(frozen=True)
class LaneKey:
    """Names a lane."""

    endpoint: str
    urgent: bool

    @property
    def bound(self) -> dict[str, Any]:
        """The parameters that name it in the queries above."""
        return {"of": self.endpoint, "fast": self.urgent}


def claim(
    tx: Tx, token: str, most: int, *, urgent: bool, share: Share = WHOLE, besides: Collection[LaneKey] = ()
) -> list[LaneKey]:
    """Lease up to ``most`` due lanes of ``share`` to ``token``, the longest due first; none of ``besides``.

    Those are being worked here: after a leap of the clock their leases look as if they had run out.
    """
    now = tx.clock.now()
    free = lane.c.holder.is_(None) | (lane.c.held_until <= now)
    running = lane.c.paused_at.is_(None) | (lane.c.paused_until <= now)
    rows = tx.connection.execute(
        select(lane.c.endpoint)
        .where(lane.c.due_at <= now, lane.c.urgent == urgent, free, running, share.holds(urgent, now))
        .where(lane.c.endpoint.not_in([key.endpoint for key in besides if key.urgent == urgent]))
        .order_by(lane.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).scalars()
    keys = [LaneKey(name, urgent) for name in rows]
    until = now + LEASE
    if keys:
        tx.connection.execute(
            SET_LANE.values(holder=token, held_until=until, due_at=until), [key.bound for key in keys]
        )
    return keys


def renew(tx: Tx, keys: Iterable[LaneKey], token: str) -> None:
    """Keep lanes for another lease; one that another worker has by now stays his. Due as it lapses."""
    until = tx.clock.now() + LEASE
    for key in keys:
        mine = SET_LANE.where(lane.c.holder == token)
        tx.connection.execute(mine.values(held_until=until, due_at=until), key.bound)


def let_go(tx: Tx, keys: Iterable[LaneKey], token: str) -> None:
    """Hand lanes back as they stand, due now; one that another worker has by now stays his."""
    mine = SET_LANE.where(lane.c.holder == token).values(holder=None, held_until=None, due_at=tx.clock.now())
    for key in keys:
        tx.connection.execute(mine, key.bound)


def locked(
    tx: Tx, names: Iterable[str], *, urgent: bool, waits: bool
) -> "tuple[dict[str, Endpoint], dict[str, Row[Any]]]":
    """The endpoints and their lanes of one priority, by name, locked. What others have locked is ``waits``'d for,

    or left out.
    """
    of = {"names": sorted(names)}
    endpoints = {row.id: endpoint_of(row) for row in tx.connection.execute(ENDPOINTS[waits], of)}
    lanes = tx.connection.execute(HELD[waits], {"names": list(endpoints), "fast": urgent})
    return endpoints, {row.endpoint: row for row in lanes}


@dataclass(frozen=True)
class Left:
    """How a lane stands after its turn; ``hand_back`` gives it to whoever takes it next, at ``due``."""

    row: "Row[Any]"
    breaker: Breaker
    not_before: datetime | None
    due: datetime | None
    hand_back: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """For ``STAND`` and ``HAND_BACK``."""
        key = LaneKey(self.row.endpoint, self.row.urgent)
        stands = {f"to_{name}": value for name, value in asdict(self.breaker).items()}
        due = {"to_due_at": self.due} if self.hand_back else {}
        return key.bound | stands | {"to_not_before": self.not_before} | due

    @property
    def says_something(self) -> bool:
        """False when the row says all of it already."""
        return self.hand_back or self.breaker != breaker_of(self.row) or self.not_before != self.row.not_before


def leave(tx: Tx, lanes: Iterable[Left]) -> None:
    """Write down how lanes stand by now."""
    changed = [left for left in lanes if left.says_something]
    for statement, hand_back in ((HAND_BACK, True), (STAND, False)):
        if rows := [left.parameters for left in changed if left.hand_back is hand_back]:
            tx.connection.execute(statement, rows)


def breaker_of(row: "Row[Any]") -> Breaker:
    """The lane's breaker."""
    return Breaker(row.failures, row.failing_since, row.opened_at, row.probes, row.ramp)


def waiting_in(
    tx: Tx, key: LaneKey, most: int, *, supersedes: bool, to_send: bool = False, alive_at: datetime | None = None
) -> "Sequence[Row[Any]]":
    """At most so many of the parts that something is left to do for, what is due first, first.

    With ``to_send`` of those alone that are still to be sent.

    With ``alive_at`` those are left out that expired by then, and are the newest of their subject.
    """
    wanted = WAITING if supersedes else WAITING_IN_ORDER
    if to_send:
        wanted = wanted.where(part.c.state == _PLANNED)
    if alive_at is not None:
        is_alive = part.c.expires_at.is_(None) | (part.c.expires_at > alive_at)
        wanted = wanted.where(is_alive | (part.c.subject_sequence < _NEWEST))
    return tx.connection.execute(wanted, {**key.bound, "most": most}).all()


def is_paused(row: "Row[Any]", now: datetime) -> bool:
    """True while a person wants nothing sent."""
    return row.paused_at is not None and (row.paused_until is None or row.paused_until > now)


def named(delivery: str, number: int) -> dict[str, Any]:
    """The parameters that name a part in the queries above."""
    return {"of_delivery": delivery, "of_number": number}


def as_waiting(row: "Row[Any]", due_at: datetime | None = None) -> Waiting:
    """The part in a row, as the choice sees it."""
    return Waiting(
        delivery=row.delivery,
        number=row.number,
        sequence=row.sequence,
        subject=row.subject,
        subject_sequence=row.subject_sequence,
        state=Outcome(row.state),
        due_at=due_at or row.due_at,
        expires_at=row.expires_at,
        trace=row.trace,
    )


def subjects_of(rows: "Iterable[Row[Any]]") -> Subjects:
    """What the endpoint has of the subjects of rows of ``waiting_in``, over both its lanes."""
    found = {row.subject: row for row in rows}
    return Subjects(
        newest={name: int(row.newest) for name, row in found.items()},
        oldest_waiting={name: int(row.oldest_waiting) for name, row in found.items() if row.oldest_waiting is not None},
        in_flight=frozenset(name for name, row in found.items() if row.flying),
    )
