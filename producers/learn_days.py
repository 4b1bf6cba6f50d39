"""Learn which days are worked: what a file says, what that changes, and the act of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from notices.calendar.calendar import Calendar
from notices.calendar.year import Year, days_of
from producers.calendar_file import OwnDays
from producers.house import House
from streams.calendars import add_own, add_year
from streams.duties import Moved, recount
from streams.follow import replan_all
from streams.store.store import Tx


def with_news(calendar: Calendar, news: Year | OwnDays) -> Calendar:
    """``calendar`` as it will be."""
    if isinstance(news, Year):
        return calendar.with_year(news)
    return calendar.with_own(news.off, news.worked, news.usual)


def changes(before: Calendar, after: Calendar, news: Year | OwnDays) -> Iterator[date]:
    """The days that were taken for worked and are not, and the other way round."""
    days = days_of(news.number) if isinstance(news, Year) else sorted({*news.off, *news.worked, *news.usual})
    return (day for day in days if before.is_working(day) != after.is_working(day))


@dataclass(frozen=True)
class Learned:
    """The calendar's new edition, and the duties whose day is another by it."""

    edition: int
    moved: list[Moved]


def learn(house: House, office: str, news: Year | OwnDays, *, by: str) -> Learned:
    """Enter it, a year for every office here, own days for ``office``; what is owed is counted anew by it, and what is
    told late of its matters planned anew.
    """
    whose = list(house.configuration.offices) if isinstance(news, Year) else [office]

    def act(tx: Tx) -> Learned:
        if isinstance(news, Year):
            edition = add_year(tx, news, by=by)
        else:
            edition = add_own(tx, office, news.source, news.off, news.worked, news.usual, by=by)
        return Learned(edition, [one for name in whose for one in recount(tx, name)])

    learned = house.store.write(act)
    for name in whose:
        replan_all(house.store, name, house.outlets)
    return learned
