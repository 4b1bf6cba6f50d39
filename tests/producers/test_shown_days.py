"""公示期: the working days that a list says, against the office's calendar on the day it goes out."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from config.clock import SHANGHAI, wall
from notices.begins import SHOWN_DAYS
from notices.calendar.year import Year
from notices.problem import FileRefused, Problem
from producers.command.doubts import doubts
from producers.correct import correct
from producers.publish import Published, publish
from producers.schedule.fire import fire_due
from producers.schedule.recount import next_recount
from producers.shown_days import provisional_days
from producers.withdraw import withdraw
from streams import triggers
from streams.calendars import add_own, add_year, current
from streams.duties import Owed, owed_in
from streams.duties import done as done_by_hand
from streams.store.tables import duty
from tests.journeys.town import BY, Town
from tests.producers.papers import sample

LIST = "t04-proposed-hires"


def shown(town: Town, first: str, last: str, days: int, of: str = "", **front: str) -> Published:
    """Publish the list, shown from and until these days."""
    dates = {"公示开始": first, "公示截止": last, "公示工作日数": f"{days}", "公示类别": of}
    texts = {"内容概述": "名单公示", "渠道用语": "", "渠道": "[website]", "关联": "[]"}
    draft = sample(town, LIST, **{**texts, **dates, **front})
    return publish(town.house, draft, by=BY)


def refused(town: Town, *args: str | int, **front: str) -> Problem:
    """What is wrong with it."""
    with pytest.raises(FileRefused) as caught:
        shown(town, *args, **front)  # type: ignore[arg-type]  # as of shown
    (problem,) = caught.value.problems
    return problem


def at(town: Town, day: str) -> None:
    """Let it be that day's morning."""
    town.clock.set(datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).replace(hour=9))


@pytest.mark.parametrize(
    ("today", "first", "last", "days", "right"),
    [
        ("2026-11-23", "2026-11-24", "2026-12-02", 7, 7),
        ("2026-11-23", "2026-11-24", "2026-11-30", 7, 5),  # seven days are no seven working days
        ("2026-09-16", "2026-09-17", "2026-09-24", 7, 7),  # Sunday the 20th is worked
        ("2026-09-28", "2026-09-29", "2026-10-08", 8, 3),  # the week of 1 October
        ("2026-11-26", "2026-11-24", "2026-12-02", 7, 5),  # it goes out two days late
    ],
)
def test_a_list_says_the_working_days_on_which_it_is_public(
    town: Town, today: str, first: str, last: str, days: int, right: int
) -> None:
    at(town, today)
    if days == right:
        assert shown(town, first, last, days).message
        return
    problem = refused(town, first, last, days)
    assert (problem.field, problem.key, problem.values["actual"]) == ("公示工作日数", "working_days", right)
    assert f"写{right}" in problem.fix("zh")
    assert f"{problem.values['until']}" in problem.fix("en")
    begun = max(first, today)
    assert shown(town, begun, f"{problem.values['until']}", days).message, "the day that it names is right"


def test_an_offices_own_days_count(town: Town) -> None:
    at(town, "2026-11-23")
    current(town.house.store, "rsj")
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", {date(2026, 11, 25): "大雪"}, {}, [], by=BY))
    assert refused(town, "2026-11-24", "2026-12-02", 7).values["actual"] == 6
    assert shown(town, "2026-11-24", "2026-12-02", 6).message


@pytest.mark.parametrize(
    ("of", "last", "days", "least"),
    [
        ("公务员拟录用", "2026-11-30", 5, None),
        ("公务员拟录用", "2026-11-27", 4, 5),
        ("事业单位拟聘用", "2026-12-02", 7, None),
        ("事业单位拟聘用", "2026-12-01", 6, 7),
        ("其他", "2026-11-25", 2, None),
        ("", "2026-11-25", 2, None),
    ],
)
def test_what_is_listed_says_how_long_at_least(town: Town, of: str, last: str, days: int, least: int | None) -> None:
    at(town, "2026-11-23")
    if least is None:
        assert shown(town, "2026-11-24", last, days, of).message
        return
    problem = refused(town, "2026-11-24", last, days, of)
    assert (problem.field, problem.values["least"], problem.values["actual"]) == ("公示截止", least, days)
    assert of in problem.text("zh")
    assert shown(town, "2026-11-24", f"{problem.values['until']}", least, of).message


def owed_days(town: Town) -> list[Owed]:
    """What the office ever owed because of a calendar that came."""
    wanted = select(duty).where(duty.c.begun == SHOWN_DAYS)
    return town.house.store.read(lambda c: [owed_in(row) for row in c.execute(wanted)])


def night(town: Town) -> None:
    """The recount of the next midnight."""
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    town.clock.set(next_recount(town.clock.now()).due_at)
    fire_due(town.house)


def come(town: Town, *off: date) -> None:
    """2027 is published, with these days off."""
    days = dict.fromkeys((date(2027, 1, 1), *off), "元旦")
    town.house.store.write(lambda tx: add_year(tx, Year(2027, "通知", days, {}, is_official=True), by=BY))


DATES = {"公示开始": "2026-12-29", "公示截止": "2027-01-08", "公示工作日数": "8", "内容概述": "名单公示"}


def test_what_reaches_into_a_year_that_nobody_has_published_is_counted_again_when_it_is(town: Town) -> None:
    at(town, "2026-12-28")
    texts = {"渠道用语": "", "渠道": "[website]", "关联": "[]"}
    (told,) = provisional_days(town.house, sample(town, LIST, **texts, **DATES).content, town.clock.now())
    assert (told.given, told.actual, told.dates) == ("8", 8, "2026-12-29—2027-01-08")
    assert [one for one in doubts(town.house, sample(town, LIST, **texts, **DATES)) if "暂定8个" in one.text]
    done = shown(town, "2026-12-29", "2027-01-08", 8)
    other = shown(town, "2026-12-29", "2027-01-08", 9)
    night(town)
    assert owed_days(town) == [], "nobody knows better yet"
    come(town, date(2027, 1, 4))
    night(town)
    found = {one.notice: one for one in owed_days(town)}
    assert found.keys() == {done.notice, other.notice}
    one = found[done.notice]
    assert (one.section, f"{one.last}") == ("jy", "2027-01-06")
    late = {**texts, **DATES, "公示工作日数": "7", "成文日期": "2026-12-30"}
    correct(town.house, done.notice, sample(town, LIST, **late), note="放假安排", minor=False, by=BY)
    withdraw(town.house, other.notice, reason="弄错", by=BY)
    night(town)
    assert [one.done_at is not None for one in owed_days(town)] == [True, True]
    assert provisional_left(town) == []


def provisional_left(town: Town) -> list[Owed]:
    """What is still open of it."""
    return [one for one in owed_days(town) if one.done_at is None]


def test_a_list_whose_days_are_as_it_says_owes_nothing_when_the_calendar_comes(town: Town) -> None:
    at(town, "2026-12-28")
    shown(town, "2026-12-29", "2027-01-08", 8)
    come(town)
    night(town)
    assert owed_days(town) == []
    at(town, "2027-01-20")
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", {date(2027, 1, 6): "大雪"}, {}, [], by=BY))
    night(town)
    assert owed_days(town) == [], "it is over"


def test_one_that_a_calendar_put_right_is_asked_about_again_when_the_next_makes_it_wrong(town: Town) -> None:
    at(town, "2026-12-28")
    shown(town, "2026-12-29", "2027-01-08", 8)
    for off in (date(2027, 1, 4), None, date(2027, 1, 5)):
        come(town, *[off] if off else [])
        night(town)
    first, second = sorted(owed_days(town), key=lambda one: one.done_at is None)
    assert (first.done_at is None, second.done_at) == (False, None)
    town.house.store.write(lambda tx: done_by_hand(tx, second.id, how="照旧", by=BY))
    night(town)
    assert provisional_left(town) == [], "a person said so"


def test_one_that_is_timed_is_counted_from_its_day(town: Town) -> None:
    at(town, "2026-11-23")
    late = {"定时发布": '"2026-11-26 09:00"'}
    assert refused(town, "2026-11-24", "2026-12-02", 7, **late).values["actual"] == 5


def test_a_correction_is_held_to_it_where_it_touches_it(town: Town) -> None:
    at(town, "2026-11-23")
    done = shown(town, "2026-11-24", "2026-12-02", 7)
    current(town.house.store, "rsj")
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", {date(2026, 11, 25): "大雪"}, {}, [], by=BY))
    at(town, "2026-12-04")
    dates = {"公示开始": "2026-11-24", "公示截止": "2026-12-02", "公示工作日数": "7", "内容概述": "名单公示"}
    texts = {"渠道用语": "", "渠道": "[website]", "关联": "[]", "成文日期": f"{wall(town.clock.now()).date()}"}
    ended = sample(town, LIST, **texts, **dates, 公示结果="无异议")
    assert correct(town.house, done.notice, ended, note="公示期满", minor=True, by=BY).version == 2
    longer = sample(town, LIST, **texts, **{**dates, "公示截止": "2026-12-07"}, 公示结果="公示中")
    with pytest.raises(FileRefused) as caught:
        correct(town.house, done.notice, longer, note="延长", minor=False, by=BY)
    assert [one.values["actual"] for one in caught.value.problems] == [9]


def test_one_that_is_timed_and_comes_late_waits_for_a_person(town: Town) -> None:
    at(town, "2026-11-23")
    waits = shown(town, "2026-11-25", "2026-12-03", 7, 定时发布="2026-11-25 09:00")
    at(town, "2026-11-27")  # the machine stood still for two of the seven days
    fire_due(town.house)
    (one,) = town.house.store.read(lambda c: triggers.of_subjects(c, [waits.notice]))
    assert one.state is triggers.State.REFUSED
    assert "5个" in one.cause
