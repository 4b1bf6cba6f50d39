"""The notices about a matter, by its number: what asks for comments, and what feeds back what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from notices.begins import DOSSIER
from notices.notice import State, Version
from streams.store.tables import notice, tie, version

ASKS = "t06"  # the kind that asks for comments
ANSWERS = "t07"  # the kind that says what became of them


@dataclass(frozen=True)
class FedBack:
    """The notice that says what became of the comments."""

    notice: str
    released_at: datetime


def fed_back(connection: Connection, office: str, number: str) -> FedBack | None:
    """The newest feedback that stands under the matter's number; None while there is none."""
    found = standing(connection, office, number, ANSWERS)
    return FedBack(found[0][0].id, found[0][0].released_at) if found else None


def asks_about(connection: Connection, of: str) -> tuple[str, str] | None:
    """Office and number of the matter that the notice ``of`` asks, or asked, for comments on; None when it does not."""
    public = notice.c.state.in_((State.RELEASED, State.WITHDRAWN))
    wanted = select(notice.c.office).where(notice.c.id == of, notice.c.kind == ASKS, public)
    office = connection.execute(wanted).scalar()
    number = None if office is None else text_of(connection, of).fields.get(DOSSIER)
    return (office, number) if office and number else None


def standing(connection: Connection, office: str, number: str, kind: str) -> "list[tuple[Row[Any], Version]]":
    """The notices of a kind that stand under the number by what they say now, newest first."""
    tied = select(tie.c.subject).where(
        tie.c.to == number, tie.c.office == office, tie.c.type == DOSSIER, tie.c.kind == kind
    )
    wanted = select(notice).where(notice.c.id.in_(tied), notice.c.state == State.RELEASED)
    rows = connection.execute(wanted.order_by(notice.c.released_at.desc(), notice.c.id.desc())).all()
    said = [(row, text_of(connection, row.id)) for row in rows]
    return [(row, text) for row, text in said if text.fields.get(DOSSIER) == number]  # else it was corrected away


def text_of(connection: Connection, of: str) -> Version:
    """What a public notice says now."""
    wanted = select(version.c.content).where(version.c.notice == of, version.c.state == State.RELEASED)
    content = connection.execute(wanted.order_by(version.c.number.desc()).limit(1)).scalar_one()
    return Version.model_validate_json(content)
