"""What the office does with comments: it lets them count or not, and says of each what became of it and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update

from streams import audit
from streams.comments.comment import Comment, Disposition, NoComment, State, comment_of, comments_of
from streams.store.store import Tx
from streams.store.tables import comment as table

COLUMNS = ("disposition", "reason", "category", "clause", "state")  # that an answer changes


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


def decide(tx: Tx, several: Sequence[Decided], *, office: str, by: str) -> list[str]:
    """Say what became of each; who answers it lets it count. The names of those of which it is news.

    One entry of the audit says it of all of them. Raises ``NoComment`` or ``NotToBeDecided``.
    """
    _alone(tx, office)
    known = {one.id: one for one in _named(tx, [one.comment for one in several], office)}
    changed, rows = [], []
    for one in several:
        before = known[one.comment]
        if not before.counts:
            raise NotToBeDecided(one.comment)
        values = {
            "disposition": one.disposition,
            "reason": one.reason,
            "category": one.category or before.category,
            "clause": one.clause or before.clause,
            "state": State.ACCEPTED,
        }
        was = {name: getattr(before, name) for name in values}
        if was != values:
            news = {name: value for name, value in values.items() if was[name] != value}
            changed.append({"comment": one.comment, "was": {name: was[name] for name in news}, "is": news})
            rows.append({"of": one.comment, **{f"to_{name}": value for name, value in values.items()}})
    if rows:
        news_of: dict[str, Any] = {column: bindparam(f"to_{column}") for column in COLUMNS}
        act = update(table).where(table.c.id == bindparam("of"))
        tx.connection.execute(act.values(news_of | {"decided_at": tx.clock.now(), "decided_by": by}), rows)
        matters = sorted({one.dossier for one in known.values()})
        subject = rows[0]["of"] if len(rows) == 1 else "、".join(matters)
        audit.record(tx, office=office, who=by, act="comment.decided", subject=subject, detail={"of": changed})
    return [row["of"] for row in rows]


def _named(tx: Tx, names: Sequence[str], office: str) -> Iterator[Comment]:
    """The office's comments of these names. Raises ``NoComment``."""
    found = {one.id: one for one in comments_of(tx.connection, office)}
    for name in names:
        if name not in found:
            raise NoComment(name)
        yield found[name]


def _judge(tx: Tx, name: str, state: State, *, office: str, why: str, by: str) -> Comment:
    _alone(tx, office)
    before = of_office(tx, name, office)
    if (before.state, before.state_why) == (state, why):
        return before
    tx.connection.execute(update(table).where(table.c.id == name).values(state=state, state_why=why))
    detail = {"dossier": before.dossier, "was": before.state, "why": why}
    audit.record(tx, office=office, who=by, act=f"comment.{state}", subject=name, detail=detail)
    return comment_of(tx.connection, name)


def _alone(tx: Tx, office: str) -> None:
    """One of the office's people at a time: else what one rejects another, who looked before, would let count."""
    tx.alone(f"comments/{office}")


def of_office(tx: Tx, name: str, office: str) -> Comment:
    """The comment, when it is this office's. Raises ``NoComment``."""
    found = comment_of(tx.connection, name)
    if found.office != office:
        raise NoComment(name)
    return found
