"""Pushes: each is in the audit log, written there before anything is sent; what was spent is counted from it.

One entry says that it begins, one what came of it; a repeat under the same key is the same push, and the same slot.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from channels.base import Outcome
from streams import audit
from streams.store import tables
from streams.store.store import Tx

BEGUN = "notice.push_begun"
ENDS = {
    f"notice.push_{outcome}": outcome
    for outcome in (Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.FAILED, Outcome.REFUSED, Outcome.UNKNOWN)
}
FREE = frozenset({Outcome.REFUSED})  # surely not taken: its slot is there again
OPEN = frozenset({Outcome.SENDING, Outcome.UNKNOWN})  # nobody knows whether it went
SURE = frozenset({Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.FAILED})  # the platform has it, whichever try that was
REPEATED = timedelta(days=1)  # within less than that of its first try a push is repeated, never after


@dataclass(frozen=True)
class Push:
    """One message pushed to the followers of one account, as far as is known."""

    key: str  # the platform knows it by
    notice: str
    sequence: int
    endpoint: str
    account: str
    by: str
    begun_at: datetime  # the first try of those that may have gone
    tried_at: datetime  # the last one
    tries: tuple[datetime, ...] = ()  # each that may be the one that went: the period that it was in may have its slot
    outcome: Outcome = Outcome.SENDING
    ended_at: datetime | None = None
    reference: str = ""  # the platform's number for it
    cause: str = ""


def of_notices(connection: Connection, notices: Collection[str]) -> list[Push]:
    """The pushes of these notices, in the order in which they were begun."""
    return _found(connection, tables.audit.c.subject.in_(notices))


def spent(connection: Connection, account: str, since: datetime) -> int:
    """How many of its slots an account has spent since then; whatever may have gone since is spent."""
    begun = _found(connection, tables.audit.c.at >= since - REPEATED)  # what was begun before may be repeated since
    ours = [one for one in begun if one.account == account and one.outcome not in FREE]
    return sum(max(one.tries) >= since for one in ours)


def begin(tx: Tx, push: Push, *, office: str, detail: Mapping[str, Any]) -> None:
    """Write down that it is tried now: with it the slot is spent."""
    _record(tx, BEGUN, push, office, push.by, detail)


def end(tx: Tx, push: Push, *, office: str, by: str, detail: Mapping[str, Any]) -> None:
    """Write down what came of the try that ``push`` has.

    ``other_try`` in ``detail``: it went by another, or not at all. Who decides or asks later does not know by which.
    """
    said = {"reference": push.reference, "cause": push.cause, **detail}
    _record(tx, f"notice.push_{push.outcome}", push, office, by, said)


def _record(tx: Tx, act: str, push: Push, office: str, who: str, detail: Mapping[str, Any]) -> None:
    of: dict[str, Any] = {name: getattr(push, name) for name in ("key", "sequence", "endpoint", "account")}
    of["tried_at"] = push.tried_at.isoformat()
    audit.record(tx, office=office, who=who, act=act, subject=push.notice, detail={**of, **detail})


def _found(connection: Connection, which: ColumnElement[bool]) -> list[Push]:
    entries = tables.audit
    wanted = select(entries).where(entries.c.act.in_((BEGUN, *ENDS)), which)
    return _folded(connection.execute(wanted.order_by(entries.c.office, entries.c.number)))  # clocks may go back


def _folded(rows: "Iterable[Row[Any]]") -> list[Push]:
    """From entries in order; an end whose beginning was not asked for is left out."""
    found: dict[str, Push] = {}
    for row in rows:
        detail = json.loads(row.detail)
        before = found.get(detail["key"])
        if row.act == BEGUN:
            found[detail["key"]] = _begun(row, detail, before)
        elif before is not None and _counts(ENDS[row.act], detail, before):
            found[before.key] = replace(
                before,
                outcome=ENDS[row.act],
                ended_at=row.at,
                reference=detail["reference"] or before.reference,
                cause=detail["cause"],
                tries=_left(ENDS[row.act], detail, before),
            )
    return list(found.values())


def _left(outcome: Outcome, detail: Mapping[str, Any], before: Push) -> tuple[datetime, ...]:
    """The tries that may be the one that went, after an end."""
    this = datetime.fromisoformat(detail["tried_at"])
    match detail.get("other_try"):
        case True:
            return tuple(at for at in before.tries if at != this) or before.tries
        case False if outcome in SURE:
            return (this,)
    return before.tries


def _counts(outcome: Outcome, detail: Mapping[str, Any], before: Push) -> bool:
    """Whether an end says what became of the push. That one try did not go says nothing of one that was begun since."""
    return outcome in SURE or (before.outcome not in SURE and detail["tried_at"] == before.tried_at.isoformat())


def _begun(row: "Row[Any]", detail: Mapping[str, Any], before: Push | None) -> Push:
    # Not the entry's own instant, which is a moment later; only entries of the first versions say nothing else.
    tried_at = datetime.fromisoformat(detail["tried_at"]) if "tried_at" in detail else row.at
    if before is not None and before.outcome in OPEN:  # the first try may still have gone
        tries = (*before.tries, tried_at)
        return replace(before, by=row.who, tried_at=tried_at, tries=tries, outcome=Outcome.SENDING, ended_at=None)
    return Push(
        key=detail["key"],
        notice=row.subject,
        sequence=detail["sequence"],
        endpoint=detail["endpoint"],
        account=detail["account"],
        by=row.who,
        begun_at=tried_at,
        tried_at=tried_at,
        tries=(tried_at,),
    )
