"""Duties: owed, paused, met; counted anew when the calendar has news, and never otherwise."""

import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI
from notices.calendar.rules import rule
from notices.calendar.term import Pause
from notices.calendar.year import Year, statutory
from streams.calendars import add_own, add_year, current
from streams.duties import (
    Moved,
    NotInThisState,
    NotOwed,
    Owed,
    add,
    closed_duties,
    done,
    open_duties,
    owed,
    pause,
    recount,
    resume,
)
from streams.store.tables import audit, duty
from tests.streams.installation import Installation

START = datetime(2026, 9, 21, 9, tzinfo=SHANGHAI)


def begin(here: Installation, name: str = "disclose", start: datetime = START, *, office: str = "rsj") -> Owed:
    """A term of the office's."""
    current(here.store, office)
    wanted = rule(name)
    return here.store.write(
        lambda tx: add(tx, wanted, start, office=office, section="bgs", about="办结情况", by="张三")
    )


def acts(here: Installation, of: str) -> list[str]:
    """What the audit has of a duty."""
    wanted = select(audit.c.act).where(audit.c.subject == of).order_by(audit.c.number)
    return here.store.read(lambda c: list(c.execute(wanted).scalars()))


def test_what_is_owed_is_listed_with_the_nearest_first_until_it_is_met(here: Installation) -> None:
    late, soon = begin(here), begin(here, "explain")
    elsewhere = begin(here, office="ybj")
    still = begin(here)
    here.store.write(lambda tx: pause(tx, still.id, date(2026, 9, 22), why="等答复", by="张三"))
    found = here.store.read(lambda c: open_duties(c, "rsj"))
    assert [one.id for one in found] == [soon.id, late.id, still.id]
    assert (late.last, late.edition) == (date(2026, 10, 26), current(here.store, "rsj").edition)
    closed = here.store.write(lambda tx: done(tx, soon.id, how="已公开", by="李四"))
    assert (closed.how, closed.done_at) == ("已公开", here.clock.now())
    assert [one.id for one in here.store.read(lambda c: open_duties(c, "rsj"))] == [late.id, still.id]
    assert here.store.read(lambda c: closed_duties(c, "rsj", 10)) == [closed]
    assert here.store.read(lambda c: open_duties(c, "ybj")) == [elsewhere]
    assert acts(here, soon.id) == ["duty.added", "duty.done"]


def test_days_of_a_pause_do_not_count(here: Installation) -> None:
    one = begin(here)
    stands = here.store.write(lambda tx: pause(tx, one.id, date(2026, 10, 12), why="征求第三方意见", by="张三"))
    assert (stands.stands, stands.last, stands.ends_at) == (True, None, None)
    runs = here.store.write(lambda tx: resume(tx, one.id, date(2026, 10, 16), why="已答复", by="张三"))
    assert runs.pauses == (Pause(date(2026, 10, 12), date(2026, 10, 16)),)
    assert runs.last == date(2026, 11, 2)
    assert acts(here, one.id) == ["duty.added", "duty.paused", "duty.resumed"]


@pytest.mark.parametrize("slip", ["twice", "runs", "backwards", "inside", "hours", "closed", "nobody's"])
def test_a_slip_changes_nothing(here: Installation, slip: str) -> None:
    one = begin(here, "first-word" if slip == "hours" else "disclose")
    first, name = date(2026, 10, 12), one.id
    if slip in ("twice", "backwards", "inside"):
        here.store.write(lambda tx: pause(tx, name, first, why="等", by="张三"))
    if slip == "inside":
        here.store.write(lambda tx: resume(tx, name, date(2026, 10, 16), why="好", by="张三"))
    if slip == "closed":
        here.store.write(lambda tx: done(tx, name, how="已公开", by="张三"))
    before = here.store.read(lambda c: c.execute(select(duty)).all())
    acts_on = resume if slip in ("runs", "backwards") else pause
    day = first + timedelta(days={"backwards": -1, "inside": 1}.get(slip, 0))
    of = "nobody's" if slip == "nobody's" else name
    with pytest.raises(NotOwed if slip in ("closed", "nobody's") else NotInThisState):
        here.store.write(lambda tx: acts_on(tx, of, day, why="等", by="张三"))
    assert here.store.read(lambda c: c.execute(select(duty)).all()) == before


def test_news_of_the_calendar_move_what_is_open_and_nothing_else(here: Installation) -> None:
    start = datetime(2027, 2, 1, 9, tzinfo=SHANGHAI)
    moves, met, near = begin(here, start=start), begin(here, start=start), begin(here)
    assert (moves.provisional, near.provisional) == (True, False)
    here.store.write(lambda tx: done(tx, met.id, how="已公开", by="张三"))
    assert here.store.write(lambda tx: recount(tx, "rsj")) == [], "no news"
    year = Year(2027, "通知", statutory(2027).off, {date(2027, 2, 14): "春节"}, is_official=True)
    edition = here.store.write(lambda tx: add_year(tx, year, by="李四"))
    moved = here.store.write(lambda tx: recount(tx, "rsj"))
    after = here.store.read(lambda c: owed(c, moves.id))
    assert moved == [Moved(after, moves.last)]
    assert moves.last is not None
    assert (after.last, after.provisional, after.edition) == (moves.last - timedelta(days=1), False, edition)
    assert here.store.read(lambda c: owed(c, near.id)).last == near.last
    assert here.store.read(lambda c: owed(c, met.id)).edition == met.edition, "what is met stays as it was"
    assert here.store.write(lambda tx: recount(tx, "rsj")) == [], "once"
    assert acts(here, moves.id) == ["duty.added", "duty.recounted"]


def test_own_days_of_one_office_move_only_its_own(here: Installation) -> None:
    ours, theirs = begin(here), begin(here, office="ybj")
    here.store.write(lambda tx: add_own(tx, "rsj", "通知", {date(2026, 10, 26): "停电"}, {}, (), by="张三"))
    assert [one.owed.id for one in here.store.write(lambda tx: recount(tx, "rsj"))] == [ours.id]
    assert here.store.write(lambda tx: recount(tx, "ybj")) == []
    assert here.store.read(lambda c: owed(c, ours.id)).last == date(2026, 10, 27)
    assert here.store.read(lambda c: owed(c, theirs.id)).last == date(2026, 10, 26)


def test_a_rule_that_the_law_changed_since_counts_as_it_did(here: Installation) -> None:
    one = begin(here)
    row = here.store.read(lambda c: c.execute(select(duty)).one())
    assert json.loads(row.rule)["source"] == "政府信息公开条例第二十六条"
    assert here.store.read(lambda c: owed(c, one.id)).rule == rule("disclose")
