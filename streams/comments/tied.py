"""The notices that ask for comments on a matter, and its number."""

from sqlalchemy import Connection, select

from notices.begins import DOSSIER
from notices.notice import State, Version
from streams.store.tables import notice, version

ASKS = "t06"  # the kind that asks for comments


def asks_about(connection: Connection, of: str) -> tuple[str, str] | None:
    """Office and number of the matter that the notice ``of`` asks, or asked, for comments on; None when it does not."""
    public = notice.c.state.in_((State.RELEASED, State.WITHDRAWN))
    wanted = select(notice.c.office).where(notice.c.id == of, notice.c.kind == ASKS, public)
    office = connection.execute(wanted).scalar()
    number = None if office is None else text_of(connection, of).fields.get(DOSSIER)
    return (office, number) if office and number else None


def text_of(connection: Connection, of: str) -> Version:
    """What a public notice says now."""
    wanted = select(version.c.content).where(version.c.notice == of, version.c.state == State.RELEASED)
    content = connection.execute(wanted.order_by(version.c.number.desc()).limit(1)).scalar_one()
    return Version.model_validate_json(content)
