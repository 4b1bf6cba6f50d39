"""What each office looks over by the half-year or year: begun by the nightly recount, ended by a person's word."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, func, select

from notices.looks import LOOK, Look, begun_at, looks
from streams.calendars import calendar_of
from streams.duties import counted_by, enter
from streams.store.store import Tx
from streams.store.tables import duty, notice

WHO = "gongkai"  # who begins what no person does


def begin_looks(tx: Tx, office: str, section: str) -> None:
    """Begin what ``section`` is to look over since the half-year or year began, each once.

    An office that published nothing before that day was not here yet. What would be late as it begins is left to the
    next time: it comes of an upgrade, or of weeks without any program.
    """
    now, calendar = tx.clock.now(), calendar_of(tx.connection, office)
    for one in looks():
        start = begun_at(one.every, now)
        name = name_of(office, one, start)
        counted = counted_by(calendar, one.rule, start, ())
        if counted["ends_at"] <= now or not _was_here(tx.connection, office, start):
            continue
        if tx.connection.execute(select(duty.c.id).where(duty.c.id == name)).first():
            continue
        of = {"office": office, "section": section, "about": one.about, "by": WHO}
        enter(tx, name, one.rule, start, **of, begun={"begun": LOOK}, look=one.id)


def name_of(office: str, one: Look, start: datetime) -> str:
    """The duty's own name: one for an office, a row and a half-year or year."""
    return hashlib.sha256(f"{LOOK}/{office}/{one.id}/{start:%Y-%m}".encode()).hexdigest()[:12]


def _was_here(connection: Connection, office: str, before: datetime) -> bool:
    at = connection.execute(select(func.min(notice.c.released_at)).where(notice.c.office == office)).scalar()
    return at is not None and at < before
