"""What the office does with comments: it lets them count or not, and says of each what became of it and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from streams import audit
from streams.comments.comment import Comment, Disposition, NoComment, State, comment_of
from streams.store.store import Tx
from streams.store.tables import comment as table


class NotToBeDecided(Exception):
    """The comment was taken back or rejected: nothing becomes of it. The text is its name."""


@dataclass(frozen=True)
class Decided:
    """What is said of one comment."""

    comment: str
    disposition: Disposition
    reason: str
    category: str = ""  # empty: as it was
    clause: str = ""


def accept(tx: Tx, name: str, *, office: str, by: str) -> Comment:
    """Let it count. Raises ``NoComment``."""
    return _judge(tx, name, State.ACCEPTED, office=office, why="", by=by)


def reject(tx: Tx, name: str, *, office: str, why: str, by: str) -> Comment:
    """It is spam, or against the law: it counts for nothing, and stays. Raises ``NoComment``."""
    return _judge(tx, name, State.REJECTED, office=office, why=why, by=by)


def decide(tx: Tx, several: Iterable[Decided], *, office: str, by: str) -> list[Comment]:
    """Say what became of each; who answers it lets it count. Raises ``NoComment`` or ``NotToBeDecided``."""
    return [_decide(tx, one, office, by) for one in several]


def _decide(tx: Tx, one: Decided, office: str, by: str) -> Comment:
    before = of_office(tx, one.comment, office)
    if not before.counts:
        raise NotToBeDecided(one.comment)
    values: Mapping[str, Any] = {
        "disposition": one.disposition,
        "reason": one.reason,
        "category": one.category or before.category,
        "clause": one.clause or before.clause,
        "state": State.ACCEPTED,
    }
    was = {name: getattr(before, name) for name in values}
    if was == values:
        return before
    stamped = {**values, "decided_at": tx.clock.now(), "decided_by": by}
    tx.connection.execute(update(table).where(table.c.id == one.comment).values(stamped))
    changed = {name: value for name, value in values.items() if was[name] != value}
    detail = {"dossier": before.dossier, "was": {name: was[name] for name in changed}, "is": changed}
    audit.record(tx, office=office, who=by, act="comment.decided", subject=one.comment, detail=detail)
    return comment_of(tx.connection, one.comment)


def _judge(tx: Tx, name: str, state: State, *, office: str, why: str, by: str) -> Comment:
    before = of_office(tx, name, office)
    if (before.state, before.state_why) == (state, why):
        return before
    tx.connection.execute(update(table).where(table.c.id == name).values(state=state, state_why=why))
    detail = {"dossier": before.dossier, "was": before.state, "why": why}
    audit.record(tx, office=office, who=by, act=f"comment.{state}", subject=name, detail=detail)
    return comment_of(tx.connection, name)


def of_office(tx: Tx, name: str, office: str) -> Comment:
    """The comment, when it is this office's. Raises ``NoComment``."""
    found = comment_of(tx.connection, name)
    if found.office != office:
        raise NoComment(name)
    return found
