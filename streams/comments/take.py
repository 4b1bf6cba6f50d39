"""Take a comment: within its window, judged by the one clock in the transaction that writes it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from notices.matter import Round, Window
from streams import audit
from streams.comments.comment import (
    Comment,
    Person,
    State,
    Way,
    comment_in,
    comment_of,
    receipt_hash,
    sealed,
    text_hash,
)
from streams.matters import matter_of
from streams.seal import Seal
from streams.store.store import Tx
from streams.store.tables import comment as table
from streams.windows import window_of

PUBLIC = "公众"  # who acts, in the audit: nobody knows more


class NoWindow(Exception):
    """No comments are asked for on this matter, or not any more; the text is its number."""


class OutOfTime(Exception):
    """The comment does not fall into the window."""

    def __init__(self, window: Window, at: datetime) -> None:
        super().__init__(f"{at.isoformat()} is not within {window.opens_at.isoformat()}/{window.closes_at.isoformat()}")
        self.window = window
        self.at = at

    @property
    def is_late(self) -> bool:
        """True when it came after the window closed."""
        return self.at >= self.window.closes_at


class SentBefore(Exception):
    """Under this receipt another text was taken: one form is one comment."""


@dataclass(frozen=True)
class Said:
    """What somebody says of a matter."""

    office: str
    dossier: str
    text: str
    person: Person
    way: Way = Way.WEB
    people: int = 1
    clause: str = ""
    category: str = ""


def take(tx: Tx, seal: Seal, said: Said, *, receipt: str, keep_days: int) -> Comment:
    """Take what comes over the web, now; under one receipt once, however often it is sent.

    Raises ``NoWindow``, ``OutOfTime`` or ``SentBefore``; then nothing was changed.
    """
    alone(tx, said.office, said.dossier)
    hashed = receipt_hash(seal, receipt)
    if row := tx.connection.execute(select(table).where(table.c.receipt == hashed)).first():
        if (row.office, row.dossier, row.text) != (said.office, said.dossier, said.text):
            raise SentBefore
        return comment_in(row)
    now = tx.clock.now()
    window = window_of(tx.connection, said.office, said.dossier)
    if window is None:
        raise NoWindow(said.dossier)
    if not window.is_open(now):
        raise OutOfTime(window, now)
    made = _row(tx, seal, said, now, PUBLIC, hashed, None, keep_days)
    tx.connection.execute(insert(table).values(made))
    detail = {
        "dossier": said.dossier,
        "text": text_hash(seal, said.text),
        "receipt": hashed,
        "person": made["personal"] is not None,
    }
    audit.record(tx, office=said.office, who=PUBLIC, act="comment.received", subject=made["id"], detail=detail)
    return comment_of(tx.connection, made["id"])


@dataclass(frozen=True)
class Entry:
    """What came otherwise than over the web, in time, as the caller has found; ``origin`` is where it stood."""

    said: Said
    received_at: datetime
    receipt: str
    origin: str


def enter(tx: Tx, seal: Seal, entries: Sequence[Entry], *, of: str, keep_days: int, by: str) -> list[str]:
    """Enter all of a file whose hash is ``of``; their names. One entry of the audit says it of all of them."""
    rows = [
        _row(tx, seal, one.said, one.received_at, by, receipt_hash(seal, one.receipt), one.origin, keep_days)
        for one in entries
    ]
    if not rows:
        return []
    tx.connection.execute(insert(table), rows)
    office, dossier = entries[0].said.office, entries[0].said.dossier
    told = [[row["id"], row["way"], text_hash(seal, row["text"]), row["receipt"]] for row in rows]
    audit.record(tx, office=office, who=by, act="comments.entered", subject=dossier, detail={"of": of, "are": told})
    return [row["id"] for row in rows]


def take_back(tx: Tx, name: str) -> Comment:
    """Let whoever has its receipt take a comment back while the window is open; his name is forgotten at once.

    Raises ``NoComment``, ``NoWindow`` or ``OutOfTime``.
    """
    found = comment_of(tx.connection, name)
    alone(tx, found.office, found.dossier)
    now, matter = tx.clock.now(), matter_of(tx.connection, found.office, found.dossier)
    if matter is None or matter.window is None:
        raise NoWindow(found.dossier)
    if found.withdrawn_at is None and not may_take_back(found, matter.window, matter.round_of(found.received_at), now):
        raise OutOfTime(matter.window, now)
    return withdraw(tx, name, why="", by=PUBLIC)


def may_take_back(of: Comment, window: Window, mine: Round, now: datetime) -> bool:
    """Whether the window is open, and is the one in which the comment came: its own may have closed long before."""
    return of.withdrawn_at is None and window.is_open(now) and (mine.until is None or now < mine.until)


def withdraw(tx: Tx, name: str, *, why: str, by: str) -> Comment:
    """Take a comment back; once. Raises ``NoComment``."""
    found = comment_of(tx.connection, name)
    now = tx.clock.now()
    values = {"withdrawn_at": now, "personal": None, **({"erased_at": now} if found.has_person else {})}
    this = (table.c.id == name, table.c.withdrawn_at.is_(None))
    if tx.connection.execute(update(table).where(*this).values(values)).rowcount:
        detail = {"dossier": found.dossier, "why": why, "forgotten": found.has_person}
        audit.record(tx, office=found.office, who=by, act="comment.withdrawn", subject=name, detail=detail)
    return comment_of(tx.connection, name)


def _row(
    tx: Tx, seal: Seal, said: Said, received_at: datetime, by: str, receipt: str, origin: str | None, keep_days: int
) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(5),
        "office": said.office,
        "dossier": said.dossier,
        "receipt": receipt,
        "origin": origin,
        "text": said.text,
        "way": said.way,
        "people": said.people,
        "received_at": received_at,
        "entered_at": tx.clock.now(),
        "entered_by": by,
        "personal": sealed(seal, said.person),
        "keep_days": keep_days,
        "state": State.NEW if by == PUBLIC else State.ACCEPTED,
        "state_why": "",
        "reason": "",
        "category": said.category,
        "clause": said.clause,
    }


def alone(tx: Tx, office: str, dossier: str) -> None:
    """One at a time for a matter: the time is looked at when nobody is waited for any more."""
    tx.alone(f"comments/{office}/{dossier}")
