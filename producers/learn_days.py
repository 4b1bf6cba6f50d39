"""Learn which days are worked: what a file says, what that changes, and the act of it."""

from collections.abc import Iterator
from datetime import date

from notices.calendar.calendar import Calendar
from notices.calendar.year import Year, days_of
from producers.calendar_file import OwnDays
from producers.house import House
from streams.calendars import add_own, add_year


def with_news(calendar: Calendar, news: Year | OwnDays) -> Calendar:
    """``calendar`` as it will be."""
    if isinstance(news, Year):
        return calendar.with_year(news)
    return calendar.with_own(news.off, news.worked, news.usual)


def changes(before: Calendar, after: Calendar, news: Year | OwnDays) -> Iterator[date]:
    """The days that were taken for worked and are not, and the other way round."""
    days = days_of(news.number) if isinstance(news, Year) else sorted({*news.off, *news.worked, *news.usual})
    return (day for day in days if before.is_working(day) != after.is_working(day))


def learn(house: House, office: str, news: Year | OwnDays, *, by: str) -> int:
    """Enter it: a year for every office here, own days for ``office``; the number of the calendar's new edition."""
    if isinstance(news, Year):
        return house.store.write(lambda tx: add_year(tx, news, by=by))
    own = (news.source, news.off, news.worked, news.usual)
    return house.store.write(lambda tx: add_own(tx, office, *own, by=by))
