"""Counting terms: against a table made by another library, by hand, and by properties."""

from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from notices.calendar.calendar import Calendar
from notices.calendar.rules import UnknownRule, rule, rules
from notices.calendar.term import DAY, Pause, Rule, Standing, Term, Unit, count
from notices.calendar.year import days_of, published

CALENDAR = Calendar(1, published())
DAYS = [day for year in range(2013, 2027) for day in days_of(year)]
starts = st.dates(date(2013, 1, 1), date(2026, 6, 30))
lengths = st.integers(1, 60)
pauses = st.lists(
    st.builds(lambda first, more: Pause(first, first + timedelta(days=more)), starts, st.integers(0, 40)), max_size=3
)


def morning(day: date) -> datetime:
    """Nine o'clock there."""
    return datetime.combine(day, time(9), SHANGHAI)


def made(unit: Unit, length: int, *, counts_first: bool = False, rolls: bool = True) -> Rule:
    """A term of that length."""
    return Rule("x", "期限", "term", "事件", "event", length, unit, "–", counts_first=counts_first, rolls=rolls)


def ends(of: Rule, start: date, *stood: Pause) -> date:
    """Its last day."""
    return count(of, morning(start), CALENDAR, stood).last


@pytest.mark.parametrize("length", [3, 7, 15, 20, 40])
def test_working_days_from_every_start_are_as_another_library_counts_them(length: int) -> None:
    theirs = holidays.country_holidays("CN", years=range(2013, 2027))
    working = [day for day in DAYS if theirs.is_working_day(day)]
    wanted = made(Unit.WORKING_DAYS, length)
    for start in DAYS:
        at = bisect_right(working, start) + length - 1
        if at < len(working):
            assert ends(wanted, start) == working[at], start


@pytest.mark.parametrize(
    ("name", "start", "last"),
    [
        ("disclose", "2026-02-10", "2026-03-16"),  # Monday to Friday would say 10 March
        ("disclose", "2026-09-21", "2026-10-26"),
        ("hiring", "2026-09-16", "2026-09-24"),  # Sunday the 20th is worked
        ("comments", "2026-08-04", "2026-09-03"),
        ("comments", "2026-09-01", "2026-10-08"),  # 1 October is off, and so is the week
        ("withheld", "2026-02-27", "2027-03-01"),  # a Saturday
        ("hearing-papers", "2026-12-16", "2026-12-09"),
        ("hearing-papers", "2026-10-14", "2026-09-30"),  # the 7th is of the holiday week: the day before it
        ("hearing-papers", "2026-10-17", "2026-10-10"),  # a Saturday that is worked
        ("annual-report", "2027-01-01", "2027-01-31"),  # a Sunday
        ("annual-report-government", "2027-01-01", "2027-03-31"),
        ("message", "2026-07-05", "2026-10-05"),
        ("bad-review", "2026-09-21", "2026-10-19"),
    ],
)
def test_by_hand(name: str, start: str, last: str) -> None:
    assert ends(rule(name), date.fromisoformat(start)) == date.fromisoformat(last)


def test_months_end_on_the_same_day_or_the_months_last() -> None:
    half = made(Unit.MONTHS, 6, rolls=False)
    assert ends(half, date(2025, 8, 31)) == date(2026, 2, 28)
    assert ends(half, date(2025, 8, 15)) == date(2026, 2, 15)


def test_hours_are_exact_and_take_no_days_off() -> None:
    found = count(rule("first-word"), datetime(2026, 10, 1, 15, 40, tzinfo=UTC), CALENDAR)
    assert found.ends_at == datetime(2026, 10, 1, 20, 40, tzinfo=UTC)
    assert found.last == date(2026, 10, 2), "in Shanghai it is past midnight"
    with pytest.raises(ValueError, match="not paused"):
        count(rule("first-word"), morning(date(2026, 10, 1)), CALENDAR, [Pause(date(2026, 10, 1), None)])


def test_a_term_ends_with_its_last_day_in_shanghai_whenever_on_the_first_it_began() -> None:
    late = count(rule("disclose"), datetime(2026, 9, 21, 15, 59, tzinfo=UTC), CALENDAR)
    assert late.ends_at == datetime(2026, 10, 26, 16, 0, tzinfo=UTC)
    assert count(rule("disclose"), datetime(2026, 9, 21, 16, 1, tzinfo=UTC), CALENDAR).last == date(2026, 10, 27)


@given(starts, lengths, pauses)
def test_each_counted_day_is_worked_and_not_paused(start: date, length: int, stood: list[Pause]) -> None:
    last = ends(made(Unit.WORKING_DAYS, length), start, *stood)
    days = [start + timedelta(days=more) for more in range(1, (last - start).days + 1)]
    counted = [day for day in days if CALENDAR.is_working(day) and not any(pause.has(day) for pause in stood)]
    assert len(counted) == length
    assert counted[-1] == last


@given(starts, lengths, pauses)
def test_calendar_days_end_on_a_day_that_is_worked_and_not_paused(start: date, length: int, stood: list[Pause]) -> None:
    last = ends(made(Unit.DAYS, length), start, *stood)
    bare = ends(made(Unit.DAYS, length, rolls=False), start, *stood)
    assert bare <= last
    assert CALENDAR.is_working(last)
    assert not any(pause.has(last) for pause in stood)
    between = [bare + timedelta(days=more) for more in range((last - bare).days)]
    assert not any(CALENDAR.is_working(day) and not any(p.has(day) for p in stood) for day in between)


@given(starts, st.integers(0, 30), lengths, st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS]), pauses)
def test_who_begins_later_never_ends_sooner_and_a_pause_never_shortens(
    start: date, later: int, length: int, unit: Unit, stood: list[Pause]
) -> None:
    wanted = made(unit, length)
    assert ends(wanted, start, *stood) <= ends(wanted, start + timedelta(days=later), *stood)
    assert ends(wanted, start) <= ends(wanted, start, *stood)


@given(starts, st.integers(0, 30), st.integers(1, 6), pauses)
def test_nor_with_months_of_which_a_pause_takes_days(start: date, later: int, length: int, stood: list[Pause]) -> None:
    """One that began later may have a shorter month to count, so beside a pause they are not compared."""
    wanted = made(Unit.MONTHS, length)
    assert ends(wanted, start) <= ends(wanted, start + timedelta(days=later))
    assert ends(wanted, start) <= ends(wanted, start, *stood)


@given(starts, lengths)
def test_a_rule_that_counts_the_first_day_ends_no_later(start: date, length: int) -> None:
    for unit in (Unit.DAYS, Unit.WORKING_DAYS):
        assert ends(made(unit, length, counts_first=True), start) <= ends(made(unit, length), start)


def test_a_pause_that_goes_on_has_no_end_yet_unless_the_term_ends_before_it() -> None:
    wanted, start = made(Unit.WORKING_DAYS, 7), date(2026, 9, 16)
    with pytest.raises(Standing):
        ends(wanted, start, Pause(date(2026, 9, 18), None))
    assert ends(wanted, start, Pause(date(2026, 9, 25), None)) == date(2026, 9, 24)


@pytest.mark.parametrize(("start", "provisional"), [("2026-12-03", False), ("2026-12-04", True), ("2026-12-31", True)])
def test_a_term_that_reaches_into_an_unpublished_year_is_provisional(start: str, provisional: bool) -> None:
    found = count(rule("disclose"), morning(date.fromisoformat(start)), CALENDAR)
    assert found.provisional is provisional
    assert found.last.year == (2027 if provisional else 2026)


def test_a_term_names_what_it_rests_on() -> None:
    start = morning(date(2026, 9, 21))
    found = count(rule("disclose"), start, Calendar(7, published()))
    assert found == Term("disclose", start, 7, date(2026, 10, 26), found.ends_at, provisional=False)


# the table of clocks of the research, row by row: the term, how long, and the document that says so
CLOCKS: list[tuple[str, int, Unit, str]] = [
    ("disclose", 20, Unit.WORKING_DAYS, "公开条例第二十六条"),
    ("permit", 7, Unit.WORKING_DAYS, "人社厅函〔2019〕113号"),
    ("complete", 7, Unit.WORKING_DAYS, "公开条例第三十条"),
    ("answer", 20, Unit.WORKING_DAYS, "公开条例第三十三条"),
    ("answer-extended", 40, Unit.WORKING_DAYS, "公开条例第三十三条"),
    ("third-party", 15, Unit.WORKING_DAYS, "公开条例第三十二条、第三十四条"),
    ("penalty-undone", 3, Unit.WORKING_DAYS, "行政处罚法第四十八条、第八十五条"),
    ("comments", 30, Unit.DAYS, "决策程序暂行条例第十五条"),
    ("hearing-papers", 7, Unit.DAYS, "决策程序暂行条例第十六条"),
    ("legality", 7, Unit.WORKING_DAYS, "决策程序暂行条例第二十六条"),
    ("explain", 3, Unit.WORKING_DAYS, "各地政策解读规定"),
    ("first-word", 5, Unit.HOURS, "国办发〔2016〕80号"),
    ("briefing", 24, Unit.HOURS, "国办发〔2016〕61号、国办发〔2016〕80号"),
    ("response", 48, Unit.HOURS, "国办发〔2016〕61号"),
    ("annual-report", 1, Unit.MONTHS, "公开条例第四十九条"),
    ("annual-report-government", 3, Unit.MONTHS, "公开条例第四十九条"),
    ("hiring-civil", 5, Unit.WORKING_DAYS, "公务员法第三十二条"),
    ("hiring", 7, Unit.WORKING_DAYS, "人事部令第6号：七至十五日），七个工作日为各地执行标准"),
    ("column-fortnight", 14, Unit.DAYS, "国办秘函〔2019〕19号"),
    ("column-half-year", 6, Unit.MONTHS, "国办秘函〔2019〕19号"),
    ("column-year", 12, Unit.MONTHS, "国办秘函〔2019〕19号"),
    ("message", 3, Unit.MONTHS, "国办秘函〔2019〕19号"),
    ("new-media", 14, Unit.DAYS, "国办秘函〔2019〕19号"),
    ("bad-review", 15, Unit.WORKING_DAYS, "四川"),
    ("withheld", 12, Unit.MONTHS, "公开条例第十八条"),
]


@pytest.mark.parametrize(("name", "length", "unit", "source"), CLOCKS)
def test_each_clock_of_the_research_is_there(name: str, length: int, unit: Unit, source: str) -> None:
    one = rule(name)
    assert (one.length, one.unit) == (length, unit)
    assert source in one.source


@given(start=starts, length=st.integers(1, 60), rolls=st.booleans())
def test_what_must_be_done_beforehand_ends_on_a_day_that_is_worked(start: date, length: int, *, rolls: bool) -> None:
    of = replace(made(Unit.DAYS, length, rolls=rolls), before=True)
    last = ends(of, start)
    assert last <= start - length * DAY
    assert not any(CALENDAR.is_working(last + more * DAY) for more in range(1, (start - last).days - length + 1))
    assert CALENDAR.is_working(last) or not rolls


@pytest.mark.parametrize("name", ["hearing-papers", "first-word"])
def test_what_knows_no_pause_is_not_paused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        count(rule(name), morning(date(2026, 9, 21)), CALENDAR, [Pause(date(2026, 9, 1), None)])


def test_every_term_has_its_article_and_both_languages() -> None:
    for one in rules().values():
        assert one.source
        assert one.name_en.isascii()
        assert one.begins_en.isascii()
        assert one.length > 0 or one.unit is Unit.HOURS  # 0 hours: at that instant
    with pytest.raises(UnknownRule, match="disclose"):
        rule("nothing")
