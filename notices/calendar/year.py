"""One year of working days: what differs from Monday to Friday, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

FIRST = 2007  # from here on the libraries and the notices of the State Council agree day by day
LAST = 2100  # up to here the lunar dates are known


@dataclass(frozen=True)
class Year:
    """A year's days off and days worked instead, by what they are for; no other day differs from its weekday."""

    number: int
    source: str  # the notice it stands in
    off: Mapping[date, str]
    worked: Mapping[date, str]  # Saturdays and Sundays (调休)
    is_official: bool  # False: nobody has published it yet; it is what the law alone gives


@cache
def published() -> Mapping[int, Year]:
    """The years whose notice of the State Council was out when the pinned chinesecalendar was made."""
    import chinese_calendar  # type: ignore[import-untyped]  # it comes without types, and takes a while to import

    last = max(chinese_calendar.holidays).year
    return {number: _published(number, chinese_calendar) for number in range(FIRST, last + 1)}


def _published(number: int, known: Any) -> Year:
    def of_the_year(days: Mapping[date, str]) -> dict[date, str]:
        return {day: known.Holiday(name).chinese for day, name in days.items() if day.year == number}

    source = f"国务院办公厅关于{number}年部分节假日安排的通知"
    return Year(number, source, of_the_year(known.holidays), of_the_year(known.workdays), is_official=True)


@cache
def statutory(number: int) -> Year:
    """The thirteen days that everyone has off, and the weekdays given for those on a weekend.

    Source: 全国年节及纪念日放假办法 (2024), articles 2 and 6. No day is worked instead before a notice says so.
    """
    return Year(number, "全国年节及纪念日放假办法", _by_law(number, observed=True), {}, is_official=False)


def festivals(number: int) -> Mapping[date, str]:
    """The statutory days themselves: whatever notice the year gets, it gives them off."""
    return _by_law(number, observed=False)


def days_of(number: int) -> list[date]:
    """Every day of the year."""
    first, next_first = date(number, 1, 1), date(number + 1, 1, 1)
    return [first + timedelta(days=more) for more in range((next_first - first).days)]


def _by_law(number: int, *, observed: bool) -> dict[date, str]:
    import holidays  # a fifth of a second to import

    found = holidays.country_holidays("CN", years=number, language="zh_CN", observed=observed)
    return {day: found[day] for day in sorted(found) if "调休" not in found[day]}
