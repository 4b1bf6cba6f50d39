"""Every day from 2013 to 2026 against another library's table, and the years nobody has published."""

from datetime import date, timedelta

import holidays
import pytest

from notices.calendar.calendar import Calendar, Own
from notices.calendar.year import days_of, festivals, published, statutory

YEARS = range(2013, 2027)
CALENDAR = Calendar(1, published())


@pytest.mark.parametrize("year", YEARS)
def test_every_day_is_as_another_library_has_it(year: int) -> None:
    theirs = holidays.country_holidays("CN", years=year)
    assert [day for day in days_of(year) if CALENDAR.is_working(day) != theirs.is_working_day(day)] == []
    assert not any(map(CALENDAR.is_provisional, days_of(year)))


def test_a_year_that_nobody_has_published_has_the_statutory_days_and_those_in_lieu() -> None:
    """2027 by hand: 除夕 is 5 February; 7 February, 1 and 2 May, 2 and 3 October are on a weekend."""
    wanted = ["01-01", *(f"02-{day:02}" for day in range(5, 11)), "04-05", *(f"05-{day:02}" for day in range(1, 5))]
    wanted += ["06-09", "09-15", *(f"10-{day:02}" for day in range(1, 6))]
    year = statutory(2027)
    assert [f"{day:%m-%d}" for day in year.off] == wanted
    assert (year.worked, year.is_official) == ({}, False)
    assert len(festivals(2027)) == 13
    assert all(CALENDAR.is_provisional(day) for day in days_of(2027))


@pytest.mark.parametrize("year", YEARS)
def test_a_published_year_gives_every_statutory_day_off(year: int) -> None:
    assert festivals(year).keys() <= published()[year].off.keys()


def test_an_offices_own_days_are_above_the_countrys() -> None:
    snow, saturday = date(2026, 12, 1), date(2026, 12, 5)
    calendar = Calendar(2, published(), {snow: Own(False, "大雪停工"), saturday: Own(True, "补班")})
    assert (calendar.is_working(snow), calendar.is_working(saturday)) == (False, True)
    assert calendar.is_working(snow + timedelta(days=1))
    assert calendar.reason(snow) == "大雪停工"


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 9, 20), "国庆节调休，上班"),
        (date(2026, 10, 1), "国庆节"),
        (date(2026, 11, 22), "星期日"),
        (date(2026, 11, 23), "星期一"),
    ],
)
def test_a_day_says_why(day: date, reason: str) -> None:
    assert CALENDAR.reason(day) == reason
