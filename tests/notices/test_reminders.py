"""When staff are reminded: pure, over every duty and calendar; and the rows that say so."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.clock import SHANGHAI, wall
from notices.calendar.calendar import Calendar
from notices.calendar.rules import rule, rules
from notices.calendar.term import Unit, count
from notices.patience import Patience
from notices.reminders import Counted, Reminder, Rung, next_morning, reminder_rules, reminders, rules_in
from tests.source import ROOT

NINE = time(9)
RULES = sorted(rules())
NAMED = {
    *("feedback-promised", "next-report", "milestone", "review", "validity", "next-bulletin", "hearing-papers"),
    "window-end",
}
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=SHANGHAI))
calendars = st.builds(
    lambda off, worked: Calendar(1).with_own(dict.fromkeys(off, "停工"), dict.fromkeys(worked, "补班"), []),
    st.lists(days, max_size=40, unique=True),
    st.lists(days, max_size=40, unique=True),
)
EMPTY = Calendar(0)


def counted(name: str, start: datetime, calendar: Calendar = EMPTY) -> Counted:
    """A term of that name."""
    term = count(rule(name), start, calendar)
    return Counted(rule(name), start, term.last, term.ends_at)


def told(owed: Counted, calendar: Calendar = EMPTY) -> list[tuple[str, str]]:
    """Each reminder: when, on the wall, and for whom."""
    return [(f"{wall(one.at):%m-%d %H:%M}", one.to.value) for one in reminders(owed, calendar)]


def test_a_term_of_twenty_working_days_reminds_before_it_ends_and_escalates_after() -> None:
    owed = counted("feedback", datetime(2026, 11, 23, tzinfo=SHANGHAI))
    assert owed.last == date(2026, 12, 21)
    assert told(owed) == [
        ("12-14 09:00", "owner"),
        ("12-18 09:00", "owner"),  # three days before, a Friday; one day before is a Sunday: the Friday, too
        ("12-21 09:00", "owner"),
        ("12-22 09:00", "head"),
        ("12-24 09:00", "office"),
        ("12-28 09:00", "director"),
    ]


def test_what_must_be_done_beforehand_is_told_of_before_that_day() -> None:
    owed = counted("hearing-papers", datetime(2026, 12, 18, 9, tzinfo=SHANGHAI))
    assert owed.last == date(2026, 12, 11)
    assert told(owed) == [
        ("12-04 09:00", "owner"),
        ("12-08 09:00", "owner"),
        ("12-10 09:00", "owner"),
        ("12-11 09:00", "owner"),
        ("12-14 09:00", "head"),
        ("12-16 09:00", "office"),
        ("12-18 09:00", "director"),
    ]


def test_the_annual_report_is_told_of_within_its_month() -> None:
    owed = counted("annual-report", datetime(2026, 1, 1, tzinfo=SHANGHAI))
    assert [at for at, to in told(owed) if to == "owner"] == ["01-23 09:00", "01-28 09:00", "01-30 09:00"]


@given(instants, calendars)
def test_the_public_is_told_after_everybody_on_the_ladder(start: datetime, calendar: Calendar) -> None:
    owed = counted("feedback-promised", start, calendar)
    last = reminders(owed, calendar)[-1]
    told_at = Patience(None, calendar).ends_at(owed.last)
    assert (last.to, last.at < told_at) == (Rung.DIRECTOR, True)
    assert wall(told_at - timedelta(seconds=1)).date() == wall(last.at).date(), "on the evening of that day"


def test_a_date_that_a_notice_names_is_told_of_before_it_comes() -> None:
    owed = counted("feedback-promised", datetime(2026, 12, 26, tzinfo=SHANGHAI))  # a Saturday
    assert told(owed) == [
        ("12-18 09:00", "owner"),
        ("12-23 09:00", "owner"),
        ("12-25 09:00", "owner"),
        ("12-28 09:00", "head"),
        ("12-30 09:00", "office"),
        ("01-04 09:00", "director"),
    ]


def test_an_emergency_is_told_by_the_hour_day_and_night() -> None:
    owed = counted("briefing", datetime(2026, 11, 28, 2, 30, tzinfo=SHANGHAI))
    assert told(owed) == [
        ("11-28 14:30", "owner"),
        ("11-29 01:30", "owner"),
        ("11-29 02:30", "owner"),
        ("11-29 03:30", "head"),
        ("11-29 04:30", "office"),
        ("11-29 05:30", "director"),
    ]


def test_three_days_are_not_reminded_of_before_they_run() -> None:
    owed = counted("outcome", datetime(2026, 11, 23, tzinfo=SHANGHAI))
    assert [when for when, to in told(owed) if to == "owner"] == ["11-23 09:00", "11-25 09:00", "11-26 09:00"]


@given(st.sampled_from(RULES), instants, calendars)
def test_reminders_come_on_working_mornings_or_at_their_hour(name: str, start: datetime, calendar: Calendar) -> None:
    owed = counted(name, start, calendar)
    found = reminders(owed, calendar)
    assert list(found) == sorted(found)
    assert len({(one.at, one.to) for one in found}) == len(found)
    for one in found:
        if owed.rule.unit is not Unit.HOURS:
            assert calendar.is_working(wall(one.at).date())
            assert wall(one.at).time() == NINE
        if name not in NAMED:
            assert one.at > owed.start


@given(st.sampled_from(RULES), instants, calendars)
def test_whoever_owes_it_is_told_before_it_is_late_and_each_above_only_after_in_their_order(
    name: str, start: datetime, calendar: Calendar
) -> None:
    owed = counted(name, start, calendar)
    found = reminders(owed, calendar)
    assert all(one.at <= owed.ends_at for one in found if one.to is Rung.OWNER)
    above = [one for one in found if one.to is not Rung.OWNER]
    assert all(one.at > owed.ends_at for one in above)
    assert [one.to for one in above] == [Rung.HEAD, Rung.OFFICE, Rung.DIRECTOR]


@given(st.sampled_from(RULES), instants, calendars, st.integers(1, 60))
def test_what_moves_whole_days_on_is_never_reminded_of_earlier(
    name: str, start: datetime, calendar: Calendar, by: int
) -> None:
    before, after = (counted(name, at, calendar) for at in (start, start + timedelta(days=by)))
    earlier, later = (_last_of(reminders(one, calendar)) for one in (before, after))
    assert all(earlier[to] <= later[to] for to in earlier.keys() & later.keys())


def _last_of(found: tuple[Reminder, ...]) -> dict[Rung, datetime]:
    return {one.to: one.at for one in found}


@given(instants, calendars)
def test_the_next_morning_is_a_working_one_and_none_is_left_out(now: datetime, calendar: Calendar) -> None:
    at = next_morning(now, calendar)
    assert now <= at
    assert wall(at).time() == NINE
    assert calendar.is_working(wall(at).date())
    between = (at - timedelta(days=more) for more in range(1, 60))
    assert not any(calendar.is_working(wall(one).date()) for one in between if one >= now)


@given(st.sampled_from(RULES), instants)
def test_rows_may_be_for_long_terms_alone(name: str, start: datetime) -> None:
    owed = counted(name, start)
    assume(owed.rule.unit is not Unit.HOURS)
    rows = rules_in('at = "08:30"\n[[reminder]]\nid = "a"\nof = "days"\nfrom = 20\nbefore = 0\nto = "owner"\n')
    assert len(reminders(owed, EMPTY, rows)) == (owed.rule.length >= 20)


ROW = 'id = "a"\nof = "days"\nto = "owner"\n'


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("at =", "at = "),
        ("", "at = "),
        ('at = "25:00"', "at = "),
        ('at = "09:00"\nhour = 9', "unknown key hour"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}', "one of before, after and half"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}before = 1\nafter = 1', "one of before, after and half"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}half = true', "of hours only"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}after = 0', "after is a number from 1"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}before = "3"', "before is a number"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}before = 1\nwho = 1', "unknown key who"),
        ('at = "09:00"\n[[reminder]]\nid = "a"\nbefore = 1', "of, to is missing"),
        (f'at = "09:00"\n[[reminder]]\n{ROW.replace("owner", "mayor")}before = 1', "'mayor'"),
        (f'at = "09:00"\n[[reminder]]\n{ROW.replace("days", "weeks")}before = 1', "of is days or hours"),
        (f'at = "09:00"\n[[reminder]]\n{ROW}before = 1\n[[reminder]]\n{ROW}before = 2', "row 2 (a)"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_its_name(toml: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"config/reminders\.toml") as caught:
        rules_in(toml)
    assert why in str(caught.value)


def test_the_file_tells_each_rung_of_each_sort_of_term() -> None:
    found = {(row.of, row.to) for row in reminder_rules().rows}
    assert found == {(of, to) for of in ("days", "hours") for to in Rung}


SAID = {
    Rung.OWNER: "责任人、B角 owner and deputy",
    Rung.HEAD: "股室负责人 head of the section",
    Rung.OFFICE: "办公室 general office",
    Rung.DIRECTOR: "分管领导 deputy director",
}


@pytest.mark.parametrize(
    ("of", "late", "before"),
    [
        ("days", "超期第 {n} 个工作日", "到期前 7 天、3 天、1 天，到期当天"),
        ("hours", "超期 {n} 小时", "过了一半、到期前 1 小时、到期"),
    ],
)
def test_the_guide_says_what_the_rows_say(of: str, late: str, before: str) -> None:
    guide = (ROOT / "docs" / "reminders.md").read_text("utf-8")
    rows = [row for row in reminder_rules().rows if row.of == of]
    early = [row for row in rows if row.after is None]
    assert {row.to for row in early} == {Rung.OWNER}
    told = [before.count(f"到期前 {row.before} ") + before.count(f"、{row.before} 天") for row in early if row.before]
    assert told == [1] * len(told)
    assert f"| {before} " in guide
    for row in rows:
        if row.after is not None:
            line = next(line for line in guide.splitlines() if line.startswith(f"| {late.format(n=row.after)} "))
            assert line.endswith(f"| {SAID[row.to]} |")
    assert f"上午 {reminder_rules().at.hour} 点" in guide
