"""``gongkai calendar show``: the days of a year on which an office works otherwise than Monday to Friday."""

import click
from rich.text import Text

from config.clock import wall
from config.messages import say
from notices.calendar.year import FIRST, LAST, days_of
from producers.command.calendar.spans import Span, spans
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns
from producers.command.which import only_office
from producers.command.words import both
from streams.calendars import current


@named("calendar show")
@click.argument("year", type=click.IntRange(FIRST, LAST), required=False)
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, year: int | None, office: str | None) -> Exit:
    """Show them."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        calendar = current(house.store, whose)
        number = year or wall(house.clock.now()).year
    found = calendar.year(number)
    days = [day for day in days_of(number) if calendar.differs(day)]
    data = [
        {"day": day, "working": calendar.is_working(day), "own": day in calendar.own, "reason": calendar.reason(day)}
        for day in days
    ]
    table = columns(*(say(f"calendar.column_{name}") for name in ("day", "weekday", "working", "reason")))
    for one in spans(calendar, days):
        table.add_row(one.dates, one.weekdays, *_how(one))
    status = "official" if found.is_official else "provisional"
    heading = say(f"calendar.{status}", year=number, source=found.source)
    answer(
        given,
        {
            "exit": Exit.DONE,
            "office": whose,
            "year": number,
            "official": found.is_official,
            "source": found.source,
            "edition": calendar.edition,
            "days": data,
        },
        Text(heading, style="bold" if found.is_official else "yellow"),
        table,
    )
    return Exit.DONE


def _how(one: Span) -> tuple[Text, str]:
    mark = Text(
        say("calendar.works" if one.is_worked else "calendar.rests"), style="yellow" if one.is_worked else "green"
    )
    return mark, say("calendar.own", reason=one.reason) if one.is_own else one.reason
