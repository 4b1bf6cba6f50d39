"""Calendars in the store: learned once, never changed, and an old edition counts as it did."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select

from config.clock import SHANGHAI
from notices.calendar.calendar import Own
from notices.calendar.rules import rule
from notices.calendar.term import count
from notices.calendar.year import Year, published, statutory
from streams import audit
from streams.calendars import PROGRAM, add_own, add_year, calendar_of, current
from streams.store.tables import audit as chain
from streams.store.tables import calendar_edition
from tests.streams.installation import Installation

SNOW = date(2026, 12, 1)
NOTICE = Year(
    2027, "通知", {**statutory(2027).off, date(2027, 1, 2): "元旦"}, {date(2027, 2, 14): "春节"}, is_official=True
)


def editions(here: Installation) -> int:
    """How many there are."""
    return here.store.read(lambda c: c.execute(select(func.count()).select_from(calendar_edition)).scalar_one())


def test_the_years_that_the_program_brings_come_in_once(here: Installation) -> None:
    first = current(here.store, "rsj")
    assert dict(first.years) == dict(published())
    assert current(here.store, "ybj") == first
    assert first.edition == editions(here) == len(published())
    rows = here.store.read(lambda c: [row for row in c.execute(select(chain)) if row.act == "calendar.learned"])
    assert {(row.office, row.who) for row in rows} == {(audit.LEDGER, PROGRAM)}


def test_a_year_that_is_published_takes_the_place_of_what_the_law_gives(here: Installation) -> None:
    before = current(here.store, "rsj")
    start = datetime(2027, 2, 1, 9, tzinfo=SHANGHAI)
    guessed = count(rule("disclose"), start, before)
    assert guessed.provisional
    here.store.write(lambda tx: add_year(tx, NOTICE, by="张三"))
    after = current(here.store, "rsj")
    assert after.years[2027] == NOTICE
    known = count(rule("disclose"), start, after)
    assert not known.provisional
    assert known.last < guessed.last, "a Sunday is worked on the way"
    again = here.store.read(lambda c: calendar_of(c, "rsj", guessed.edition))
    assert count(rule("disclose"), start, again) == guessed, "counted again as it was counted then"


def test_an_offices_own_days_are_its_alone_and_may_be_taken_back(here: Installation) -> None:
    current(here.store, "rsj")
    off = {SNOW: "大雪停工", date(2026, 12, 2): "大雪停工"}
    here.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {date(2026, 12, 5): "补班"}, (), by="张三"))
    ours = current(here.store, "rsj")
    assert ours.own == {
        SNOW: Own(False, "大雪停工"),
        date(2026, 12, 2): Own(False, "大雪停工"),
        date(2026, 12, 5): Own(True, "补班"),
    }
    assert current(here.store, "ybj").own == {}
    number = here.store.write(lambda tx: add_own(tx, "rsj", "又通知", {}, {}, [SNOW], by="张三"))
    assert current(here.store, "rsj").is_working(SNOW)
    assert here.store.read(lambda c: calendar_of(c, "rsj", number - 1)) == ours


def test_what_a_person_entered_stays_above_what_the_program_brings(here: Installation) -> None:
    corrected = replace(published()[2026], source="更正通知")
    here.store.write(lambda tx: add_year(tx, corrected, by="张三"))
    found = current(here.store, "rsj")
    assert found.years[2026] == corrected
    assert current(here.store, "rsj") == found
