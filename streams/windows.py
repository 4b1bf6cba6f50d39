"""Which window for comments a matter has, and what was fed back: from the notices that stand under its number."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from config.clock import SHANGHAI
from notices.begins import DOSSIER
from notices.matter import Window
from notices.notice import State, Version
from streams.outlets import Outlets
from streams.store.tables import notice, tie, version

ASKS = "t06"  # the kind that asks for comments


def window_of(connection: Connection, office: str, number: str, outlets: Outlets) -> Window | None:
    """The window of the matter ``number``, by the newest notice that asks for comments; None when none stands."""
    for row in _standing(connection, office, number, ASKS):
        said = _newest(connection, row.id)
        if said.fields.get(DOSSIER) != number:  # corrected away
            continue
        first, last = (date.fromisoformat(said.fields[name]) for name in ("open_from", "open_to"))
        opens_at = max(datetime.combine(first, time(), SHANGHAI), row.released_at)
        closes_at = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
        return Window(row.id, opens_at, closes_at, last)
    return None


def _standing(connection: Connection, office: str, number: str, kind: str) -> "list[Row[Any]]":
    """The notices of a kind that stand and were ever tied to the number, newest first."""
    tied = select(tie.c.subject).where(
        tie.c.to == number, tie.c.office == office, tie.c.type == DOSSIER, tie.c.kind == kind
    )
    wanted = select(notice).where(notice.c.id.in_(tied), notice.c.state == State.RELEASED)
    return list(connection.execute(wanted.order_by(notice.c.released_at.desc(), notice.c.id.desc())).all())


def _newest(connection: Connection, of: str) -> Version:
    wanted = select(version.c.content).where(version.c.notice == of, version.c.state == State.RELEASED)
    content = connection.execute(wanted.order_by(version.c.number.desc()).limit(1)).scalar_one()
    return Version.model_validate_json(content)
