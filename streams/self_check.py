"""自查: what is amiss with an office by rows the store has (国办秘函〔2019〕19号).

It is told to its staff once a week, as a duty that ends with its day. A column with nothing in it is not shown to
anybody, so none is blank.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from channels.base import DECIDED, Outcome
from config.clock import day_of, wall
from config.messages import say
from notices.begins import SELF_CHECK
from notices.calendar.rules import rule
from notices.reminders import next_morning
from notices.staleness import COLUMN
from streams.calendars import calendar_of
from streams.duties import enter, open_duties
from streams.in_doubt import in_doubt
from streams.store.store import Tx
from streams.store.tables import dead_letter, duty, endpoint, part

WHO = "gongkai"  # who begins what no person does
VALIDITY = "validity"  # the row of config/begins.toml
WEEK = timedelta(days=7)


def findings(connection: Connection, office: str, now: datetime, links: int = 0) -> Mapping[str, int]:
    """How many of each sort are amiss at ``now``; what is well is not named. What is paused is not late.

    ``links``: how many dead ones whoever asks has found (``streams.dead_links``), a slice at a time.
    """
    late = [one for one in open_duties(connection, office) if one.ends_at is not None and one.ends_at <= now]
    late = [one for one in late if not one.is_over(now)]
    columns = sum(one.begun == COLUMN for one in late)
    lapsed = sum(one.begun == VALIDITY for one in late)
    counts = {
        "columns": columns,
        "validity": lapsed,
        "late": len(late) - columns - lapsed,
        "links": links,
        "unknown": _unknown(connection, office),
        "disabled": _count(connection, endpoint, endpoint.c.office == office, endpoint.c.state == "disabled"),
        "dead": _count(connection, dead_letter, dead_letter.c.state == "waiting"),  # of no office: all are told
    }
    return {name: count for name, count in counts.items() if count}


def told(found: Mapping[str, int], lang: str | None = None) -> str:
    """The same in words."""
    return "；".join(say(f"due.found_{name}", lang, count=count) for name, count in found.items())


def begins_week(since: datetime, now: datetime) -> bool:
    """Whether a week began from the day of ``since``, when it was to be looked, until ``now``: it may be late."""
    monday = day_of(now)[0] - timedelta(days=wall(now).weekday())
    return day_of(since)[0] <= monday


def begin_self_check(tx: Tx, office: str, section: str, links: int = 0) -> None:
    """Let ``section`` be reminded of what is amiss, the next working morning; once a week, and of nothing never."""
    now = tx.clock.now()
    found, name = findings(tx.connection, office, now, links), _name_of(office, now)
    if not found or tx.connection.execute(select(duty.c.id).where(duty.c.id == name)).first():
        return
    start = day_of(next_morning(now, calendar_of(tx.connection, office)))[0]
    of = {"office": office, "section": section, "about": told(found, "zh"), "by": WHO}
    enter(tx, name, rule(SELF_CHECK), start, **of, begun={"begun": SELF_CHECK}, found=dict(found))


def _name_of(office: str, now: datetime) -> str:
    """One for an office and a week."""
    year, week, _ = wall(now).isocalendar()
    return hashlib.sha256(f"{SELF_CHECK}/{office}/{year}-{week}".encode()).hexdigest()[:12]


def _unknown(connection: Connection, office: str) -> int:
    """Parts of which a person must look into the outcome: of the whole, or of some in one that is over."""
    wanted = select(part.c.scratch).join(endpoint, endpoint.c.id == part.c.endpoint)
    rows = connection.execute(wanted.where(endpoint.c.office == office, part.c.state == Outcome.UNKNOWN)).scalars()
    some = in_doubt().join(endpoint, endpoint.c.id == part.c.endpoint).where(endpoint.c.office == office)
    persons = {(one.delivery, one.number) for one in connection.execute(some)}
    return sum(not json.loads(scratch).get(DECIDED) for scratch in rows) + len(persons)


def _count(connection: Connection, table: Any, *where: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
