"""``gongkai calendar import``: a year as it was published, or an office's own days; what changes is shown first."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from notices.calendar.calendar import Calendar
from notices.calendar.year import Year
from producers.calendar_file import NoCalendar, OwnDays, read_calendar
from producers.command.due.moved import moved_data, moved_told
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, aside
from producers.command.which import only_office
from producers.command.words import both
from producers.learn_days import changes, learn, with_news
from streams.calendars import current
from streams.duties import Moved


@named("calendar import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--office", metavar="ID", help=both("command.option_office"))
@click.option("--yes", is_flag=True, help=both("calendar.option_yes"))
def command(given: Given, file: Path, office: str | None, yes: bool) -> Exit:
    """Import it, once somebody has seen which days change: deadlines move by them."""
    news = _read(file)
    with opened(given) as house:
        offices = tuple(house.configuration.offices)
        whose = offices[0] if isinstance(news, Year) else only_office(offices, office)
        before = current(house.store, whose)
        if isinstance(news, Year):
            before = replace(before, own={})  # a year is the country's: no office's own days hide what changes
        after = with_news(before, news)
        if before == after:
            answer(given, _data(before, news, [], []), Text(say("calendar.known")))
            return Exit.DONE
        days = list(changes(before, after, news))
        _confirm(given, after, days, yes=yes)
        learned = learn(house, whose, news, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("calendar.learned", source=news.source, count=len(days)))
    data = _data(after, news, days, learned.moved) | {"edition": learned.edition}
    answer(given, data, told, *moved_told(learned.moved))
    return Exit.DONE


def _read(file: Path) -> Year | OwnDays:
    try:
        return read_calendar(file)
    except NoCalendar as error:
        raise Failed(Exit.WRONG, f"calendar_{error.reason}", file=file, **error.values) from None


def _confirm(given: Given, after: Calendar, days: Sequence[date], *, yes: bool) -> None:
    """Show the days and let a person say yes. Raises ``Failed`` where nobody does."""
    if yes:
        return
    if given.json or not sys.stdin.isatty():
        raise Failed(Exit.INTERRUPTED, "calendar_unconfirmed", [_line(after, day) for day in days])
    for day in days:
        aside().print(_line(after, day))
    if not click.confirm(say("calendar.confirm", count=len(days)), err=True):
        raise Failed(Exit.INTERRUPTED, "declined")


def _line(calendar: Calendar, day: date) -> str:
    works = say("calendar.works" if calendar.is_working(day) else "calendar.rests")
    return f"{day}  {say(f'calendar.weekday_{day.weekday()}')}  {works}  {calendar.reason(day)}"


def _data(calendar: Calendar, news: Year | OwnDays, days: Sequence[date], moved: Sequence[Moved]) -> dict[str, object]:
    return {
        "exit": Exit.DONE,
        "year": news.number if isinstance(news, Year) else None,
        "source": news.source,
        "edition": calendar.edition,
        "changed": [{"day": day, "working": calendar.is_working(day), "reason": calendar.reason(day)} for day in days],
        "moved": moved_data(moved),
    }
