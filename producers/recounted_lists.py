"""公示期 once more: a list that is open to objection, counted again when the calendar has news of its days.

What reached into a year that nobody had published was counted provisionally. Where the calendar that came says
otherwise, the list's owner owes a correction, and is reminded as of every duty.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection, select, update

from config.clock import day_of, wall
from config.kinds import kinds
from config.messages import say
from notices.begins import SHOWN_DAYS
from notices.calendar.rules import rule
from notices.notice import State, Version
from producers.house import House
from producers.lookup import newest
from producers.shown_days import LONGEST, wrong_days
from streams import audit, reminders
from streams.duties import enter, owed
from streams.store.store import Tx
from streams.store.tables import duty, notice

WHO = "gongkai"  # who begins and ends what no person does


def recount_lists(house: House, office: str) -> None:
    """Begin a duty for each list that is still open and says other days than the calendar has now; end those of lists
    that were put right, are over or were taken back."""
    there = house.store.read(partial(_open, office=office, now=house.clock.now()))
    wrong = {one.notice: one for one, since in there if wrong_days(house, one, since)}
    house.store.write(partial(_bring, office=office, wrong=wrong))


def _open(connection: Connection, office: str, now: datetime) -> list[tuple[Version, datetime]]:
    """The newest text of each list whose period is not over, and since when it is public."""
    today, mine = wall(now).date(), [one.id for one in kinds().values() if one.workings]
    wanted = select(notice.c.id, notice.c.released_at).where(
        notice.c.office == office,
        notice.c.kind.in_(mine),
        notice.c.state == State.RELEASED,
        notice.c.released_at > now - LONGEST,
    )
    there = connection.execute(wanted.order_by(notice.c.id)).all()
    found = [(newest(connection, row.id), row.released_at) for row in there]
    return [(version, since) for version, since in found if max(_ends(version)) >= today]


def _ends(version: Version) -> Iterator[date]:
    for one in kinds()[version.kind].workings:
        yield date.fromisoformat(version.fields[one.later])


def _bring(tx: Tx, office: str, wrong: dict[str, Version]) -> None:
    """Once a person closed it, nobody is asked again; where a calendar put a list right, the next may make it wrong."""
    there = select(duty).where(duty.c.office == office, duty.c.begun == SHOWN_DAYS)
    rows = tx.connection.execute(there.order_by(duty.c.id).with_for_update()).all()
    for row in rows:
        if row.done_at is None and row.notice not in wrong:
            _end(tx, office, row.id)
    for of, version in wrong.items():
        mine = [row for row in rows if row.notice == of]
        if all(row.done_at is not None and row.how == _right() for row in mine):
            _begin(tx, office, _name_of(of, len(mine)), version)


def _begin(tx: Tx, office: str, name: str, version: Version) -> None:
    start, begun = day_of(tx.clock.now())[0], {"begun": SHOWN_DAYS, "notice": version.notice}
    of = {"office": office, "section": version.section, "about": version.title, "by": WHO}
    enter(tx, name, rule(SHOWN_DAYS), start, **of, begun=begun)


def _end(tx: Tx, office: str, name: str) -> None:
    tx.connection.execute(update(duty).where(duty.c.id == name).values(done_at=tx.clock.now(), how=_right()))
    reminders.replan(tx, owed(tx.connection, name))
    audit.record(tx, office=office, who=WHO, act="duty.done", subject=name, detail={"how": _right()})


def _right() -> str:
    return say("due.shown_days_right", "zh")


def _name_of(of: str, before: int) -> str:
    """One for a list, and as often as it went wrong again."""
    return hashlib.sha256(f"{SHOWN_DAYS}/{of}{f'/{before}' if before else ''}".encode()).hexdigest()[:12]
