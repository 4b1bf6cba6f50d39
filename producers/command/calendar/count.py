"""``gongkai calendar count``: when a term ends that began on a day, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import click
from rich.console import RenderableType
from rich.text import Text

from config.clock import SHANGHAI, wall
from config.messages import say
from notices.calendar.calendar import Calendar
from notices.calendar.rules import rule
from notices.calendar.term import Pause, Rule, Standing, Term, Unit, count
from producers.command.calendar.days import DAY, MOMENT
from producers.command.calendar.length import length
from producers.command.calendar.spans import spans
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, minute, pairs
from producers.command.which import only_office
from producers.command.words import both
from streams.calendars import current

SHOWN = 10  # holidays at most that are told


@named("calendar count")
@click.argument("name", metavar="RULE")
@click.argument("start", metavar="START", type=MOMENT)
@click.option("--pause", "pauses", nargs=2, type=DAY, multiple=True, metavar="FROM TO", help=both("calendar.pause"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(
    given: Given, name: str, start: datetime, pauses: Sequence[tuple[datetime, datetime]], office: str | None
) -> Exit:
    """Count it."""
    wanted = rule(name)
    if pauses and not wanted.pauses:
        raise Failed(Exit.WRONG, "hours_paused", rule=name)
    with opened(given) as house:
        calendar = current(house.store, only_office(tuple(house.configuration.offices), office))
    stood = [Pause(first.date(), last.date()) for first, last in pauses]
    try:
        found = count(wanted, start.replace(tzinfo=SHANGHAI), calendar, stood)
    except Standing:
        raise Failed(Exit.WRONG, "standing") from None
    data = {
        "exit": Exit.DONE,
        "rule": wanted.id,
        "start": found.start,
        "last": found.last,
        "ends_at": found.ends_at,
        "provisional": found.provisional,
        "edition": found.edition,
        "source": wanted.source,
    }
    answer(given, data, *_told(wanted, found, calendar))
    return Exit.DONE


def _told(wanted: Rule, found: Term, calendar: Calendar) -> Sequence[RenderableType]:
    weekday = say(f"calendar.weekday_{found.last.weekday()}")
    ends = say("calendar.end_of", day=found.last, weekday=weekday)
    if wanted.unit is Unit.HOURS:
        ends = f"{minute(found.ends_at)}  {weekday}"
    rows = pairs(
        (say("calendar.column_length"), length(wanted)),
        (say("calendar.column_source"), wanted.source),
        (say("calendar.column_passed"), _passed(wanted, found, calendar)),
    )
    head = Text.assemble((ends, "bold"), (f"  {say('calendar.is_provisional')}" if found.provisional else "", "yellow"))
    return (head, rows)


def _passed(wanted: Rule, found: Term, calendar: Calendar) -> str:
    """What stands out between start and end: what somebody who counts by hand goes wrong by."""
    if wanted.unit is Unit.HOURS:
        return ""
    first = wall(found.start).date()
    days = [first + timedelta(days=more) for more in range(1, (found.last - first).days + 1)]
    told = [f"{one.dates} {one.reason}" for one in spans(calendar, days)]
    return "；".join(told[:SHOWN] + (["…"] if len(told) > SHOWN else []))
