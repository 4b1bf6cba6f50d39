"""季度情况: what each section of an office did in a quarter, by rows the store has; no ranking, and nobody's reading.

It is told to the office's staff once, as the quarter is over, as a duty that ends with its day.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from config.clock import day_of
from config.messages import say
from notices.begins import SHOWN_DAYS, Met, begins, by_time
from notices.calendar.rules import rule
from notices.matter import PAGE
from notices.notice import MessageKind
from notices.quarter import QUARTER, Act, Figures, Heard, Quarter, Said, Term, figures, quarter_of
from notices.reminders import next_morning
from notices.staleness import COLUMN
from streams.calendars import calendar_of
from streams.comments.comment import State
from streams.duties import enter, owed_in
from streams.store.store import Tx
from streams.store.tables import comment, duty, matter, message

WHO = "gongkai"  # who begins what no person does
SAID = (  # each figure, in the order they are told, and how many of those
    ("published", "published_late"),
    ("corrected", ""),
    ("withdrawn", ""),
    ("met", "met_late"),
    ("open", "overdue"),
    ("received", "answered"),
)


@dataclass(frozen=True)
class OfSection:
    """The figures of one section, under the name it has."""

    section: str  # empty: of a matter that is nobody's yet
    name: str
    figures: Figures

    def name_in(self, lang: str | None = None) -> str:
        """As people read it."""
        return self.name or say("due.quarter_nobody", lang)


def by_section(
    connection: Connection, office: str, quarter: Quarter, sections: Mapping[str, str], now: datetime
) -> list[OfSection]:
    """Of each section of which there is anything: in the order of ``sections``, id → name; then those not there now."""
    found = figures(
        quarter,
        _said(connection, office, quarter),
        _terms(connection, office, quarter),
        _heard(connection, office, quarter),
        now,
    )
    order = [*(one for one in sections if one in found), *sorted(found.keys() - sections.keys())]
    return [OfSection(one, sections.get(one, one), found[one]) for one in order]


def told(quarter: Quarter, found: Sequence[OfSection], lang: str | None = None) -> str:
    """The same in words; what is nought is not named."""
    sections = (
        say("due.quarter_section", lang, name=one.name_in(lang), what=words(one.figures, lang)) for one in found
    )
    what = say("due.quarter_between", lang).join(sections)
    return say("due.quarter_told", lang, quarter=name_of(quarter, lang), what=what)


def words(of: Figures, lang: str | None = None) -> str:
    """Those of one section, in words."""
    said = []
    for name, of_those in SAID:
        if count := getattr(of, name):
            some = getattr(of, of_those) if of_those else 0
            behind = say(f"due.quarter_{of_those}", lang, count=some) if some else ""
            said.append(say(f"due.quarter_{name}", lang, count=count) + behind)
    return say("due.quarter_and", lang).join(said)


def name_of(quarter: Quarter, lang: str | None = None) -> str:
    """2026年第三季度."""
    return say(f"due.quarter_{quarter.number}", lang, year=quarter.year)


def ended_by(since: datetime, now: datetime) -> Quarter | None:
    """The quarter that ended from the day of ``since``, when it was to be looked, until ``now``: it may be late."""
    begun = quarter_of(now)
    return begun.previous if day_of(since)[0] <= begun.begins_at else None


def told_by(office: str, name: str, start: datetime) -> Quarter:
    """The quarter that the duty ``name`` tells of, which was owed from ``start`` on: its morning may be in the next."""
    last = quarter_of(start).previous
    return last.previous if name == _duty_of(office, last.previous) else last


def begin_quarter(tx: Tx, office: str, section: str, quarter: Quarter, found: Sequence[OfSection]) -> None:
    """Let ``section`` be told what was ``found`` of a quarter, the next working morning; once, and of nothing never."""
    name = _duty_of(office, quarter)
    nothing = not any(one.figures.is_told for one in found)
    if nothing or tx.connection.execute(select(duty.c.id).where(duty.c.id == name)).first():
        return
    start = day_of(next_morning(tx.clock.now(), calendar_of(tx.connection, office)))[0]
    of = {"office": office, "section": section, "about": told(quarter, found, "zh"), "by": WHO}
    numbers = {one.section: asdict(one.figures) for one in found}
    enter(tx, name, rule(QUARTER), start, **of, begun={"begun": QUARTER}, quarter=str(quarter), found=numbers)


def _duty_of(office: str, quarter: Quarter) -> str:
    """One for an office and a quarter."""
    return hashlib.sha256(f"{QUARTER}/{office}/{quarter}".encode()).hexdigest()[:12]


def _said(connection: Connection, office: str, quarter: Quarter) -> Iterator[Said]:
    within = (message.c.released_at >= quarter.begins_at, message.c.released_at < quarter.ends_at)
    kinds = message.c.kind.in_((MessageKind.VERSION, MessageKind.WITHDRAWAL))
    wanted = select(message.c.id, message.c.kind, message.c.content, message.c.released_at)
    wanted = wanted.where(message.c.office == office, kinds, *within).execution_options(yield_per=50)
    with connection.execute(wanted) as rows:  # each holds a whole text
        for row in rows:
            version = json.loads(row.content)["version"]
            if version["kind"] == PAGE:  # a matter's own: nobody publishes it, so nobody withdraws it
                continue
            act = Act.RELEASED if version["number"] == 1 else Act.CORRECTED
            act = Act.WITHDRAWN if row.kind == MessageKind.WITHDRAWAL else act
            yield Said(version["section"], act, row.id, row.released_at)


def _terms(connection: Connection, office: str, quarter: Quarter) -> Iterator[Term]:
    """Duties that were open in it or later. Neither what ends by itself, which nobody meets, nor those of columns: a
    release moves such a row, and how it stood before is not on record.
    """
    counted = or_(duty.c.begun.is_(None), duty.c.begun.not_in({*by_time(), COLUMN, SHOWN_DAYS}))
    since = or_(duty.c.done_at.is_(None), duty.c.done_at >= quarter.begins_at)
    by_release = {one.id for one in begins() if one.met is Met.RELEASE}
    for row in connection.execute(select(duty).where(duty.c.office == office, counted, since)):
        one = owed_in(row)
        fell = one.ended_by is not None and one.how != "met"
        by = one.ended_by if one.begun in by_release and not fell else None
        yield Term(one.section, row.added_at, one.ends_at, one.done_at, fell, by)


def _heard(connection: Connection, office: str, quarter: Quarter) -> Iterator[Heard]:
    """Comments that have to be answered, by whose matter they are about."""
    about = and_(matter.c.office == comment.c.office, matter.c.number == comment.c.dossier)
    wanted = select(func.coalesce(matter.c.section, ""), comment.c.received_at, comment.c.disposition)
    counts = (comment.c.office == office, comment.c.withdrawn_at.is_(None), comment.c.state != State.REJECTED)
    within = (comment.c.received_at >= quarter.begins_at, comment.c.received_at < quarter.ends_at)
    wanted = wanted.outerjoin_from(comment, matter, about).where(*counts, *within)
    for section, at, disposition in connection.execute(wanted):
        yield Heard(section, at, disposition is not None)
