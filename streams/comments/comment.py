"""A comment as the store has it, and the words of its life."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from streams.seal import Seal
from streams.store.tables import comment as table


class Way(StrEnum):
    """How it came."""

    WEB = "web"  # 网页
    MAIL = "mail"  # 邮件
    LETTER = "letter"  # 信函
    PHONE = "phone"  # 电话
    VISIT = "visit"  # 来访


class State(StrEnum):
    """Whether it counts: whoever has looked at it says so."""

    NEW = "new"
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # spam, or against the law; it stays where it is, with the reason


class Disposition(StrEnum):
    """What became of it in the text."""

    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True)
class Person:
    """Who said it, as far as he told: kept sealed, and never public."""

    name: str = ""
    contact: str = ""

    @property
    def is_told(self) -> bool:
        """True when there is anything to keep."""
        return bool(self.name or self.contact)


@dataclass(frozen=True)
class Comment:
    """One comment; the person is not in it."""

    id: str
    office: str
    dossier: str
    text: str
    way: Way
    people: int
    received_at: datetime
    entered_at: datetime
    entered_by: str
    has_person: bool
    keep_days: int
    erased_at: datetime | None
    state: State
    state_why: str
    withdrawn_at: datetime | None
    disposition: Disposition | None
    reason: str
    category: str
    clause: str
    decided_at: datetime | None
    decided_by: str | None

    @property
    def counts(self) -> bool:
        """True when it has to be answered: neither taken back nor rejected."""
        return self.withdrawn_at is None and self.state is not State.REJECTED


class NoComment(Exception):
    """There is no comment of this name; the text is the name."""


def comments_of(connection: Connection, office: str, dossier: str | None = None) -> list[Comment]:
    """The office's comments, on one matter or on all, in the order they were received."""
    wanted = select(table).where(table.c.office == office)
    if dossier is not None:
        wanted = wanted.where(table.c.dossier == dossier)
    rows = connection.execute(wanted.order_by(table.c.dossier, table.c.received_at, table.c.entered_at, table.c.id))
    return [comment_in(row) for row in rows]


def comment_of(connection: Connection, name: str) -> Comment:
    """The comment of that name. Raises ``NoComment``."""
    row = connection.execute(select(table).where(table.c.id == name)).first()
    if row is None:
        raise NoComment(name)
    return comment_in(row)


def by_receipt(connection: Connection, seal: Seal, number: str) -> Comment | None:
    """The comment that the receipt ``number`` is of, as ``recognised`` writes it; None: of none."""
    row = connection.execute(select(table).where(table.c.receipt == receipt_hash(seal, number))).first()
    return None if row is None else comment_in(row)


def receipt_hash(seal: Seal, number: str) -> str:
    """What is kept of a receipt number: it finds the comment, and nobody can make the number of it."""
    return seal.blind(f"comment/receipt/{number}")


def text_hash(seal: Seal, text: str) -> str:
    """What the audit says of a text: that it is still the same. Without the key a short one cannot be guessed."""
    return seal.blind(f"comment/text/{text}")


def sealed(seal: Seal, person: Person) -> bytes | None:
    """The person as he is kept."""
    return seal.close(json.dumps([person.name, person.contact], ensure_ascii=False)) if person.is_told else None


def person_of(connection: Connection, seal: Seal, name: str) -> Person | None:
    """Who made the comment; None when he did not say, or was forgotten. Raises ``NoComment`` or ``BadKey``."""
    row = connection.execute(select(table.c.personal).where(table.c.id == name)).first()
    if row is None:
        raise NoComment(name)
    return Person(*json.loads(seal.open(row.personal))) if row.personal is not None else None


def comment_in(row: "Row[Any]") -> Comment:
    """The comment in a row of its table."""
    return Comment(
        row.id,
        row.office,
        row.dossier,
        row.text,
        Way(row.way),
        row.people,
        row.received_at,
        row.entered_at,
        row.entered_by,
        row.personal is not None,
        row.keep_days,
        row.erased_at,
        State(row.state),
        row.state_why,
        row.withdrawn_at,
        Disposition(row.disposition) if row.disposition else None,
        row.reason,
        row.category,
        row.clause,
        row.decided_at,
        row.decided_by,
    )


def undecided(comments: Sequence[Comment]) -> list[Comment]:
    """Those that have to be answered and are not."""
    return [one for one in comments if one.counts and one.disposition is None]
