"""``gongkai due list``: what the office owes, most urgent first, and the article each rests on; or of a quarter what
each section did."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from notices.quarter import Quarter
from producers.command.due.moved import moved_data, moved_told
from producers.command.due.quarter import QUARTER, quarter_answer
from producers.command.due.told import about_of, as_data, name_of, urgency
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns
from producers.command.which import only_office
from producers.command.words import both
from producers.ical import ical
from producers.nearness import nearness, until, working_days_left
from producers.owing import owing
from producers.reminded import reminded


@named("due list")
@click.option("--office", metavar="ID", help=both("command.option_office"))
@click.option("--all", "closed", is_flag=True, help=both("due.option_all"))
@click.option("--ics", type=click.Path(path_type=Path), metavar="FILE", help=both("due.option_ics"))
@click.option("--quarter", type=QUARTER, metavar="QUARTER", help=both("due.option_quarter"))
def command(given: Given, office: str | None, closed: bool, ics: Path | None, quarter: Quarter | None) -> Exit:
    """Show it."""
    if quarter is not None and (closed or ics is not None):
        raise click.UsageError(say("due.quarter_alone"))
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        if quarter is not None:
            data, shown = quarter_answer(house, whose, quarter)
            answer(given, data, *shown)
            return Exit.DONE
        found = owing(house, whose, closed=closed)
        now = house.clock.now()
        said = house.store.read(lambda c: reminded(c, [one.id for one in found.duties]))
        if ics is not None:
            ics.write_bytes(ical(house.configuration.offices[whose], found.duties, now))
        sections = house.configuration.offices[whose].sections
    table = columns(
        *(say(f"due.column_{name}") for name in ("until", "left", "about", "name", "section", "source", "duty"))
    )
    for one in found.duties:
        whom, left = sections.get(one.section, one.section), urgency(one, nearness(one, now, found.calendar))
        what = Text("\n").join([about_of(one), *(Text(line, style="dim") for line in said[one.id].lines())])
        table.add_row(until(one), left, what, name_of(one), whom, one.rule.source, one.id)
    data = {
        "exit": Exit.DONE,
        "office": whose,
        "duties": [
            {
                **as_data(one),
                "left": working_days_left(one, now, found.calendar),
                "reminded_at": said[one.id].told[-1].at if said[one.id].told else None,
                "reminds_at": said[one.id].planned[0].due_at if said[one.id].planned else None,
            }
            for one in found.duties
        ],
        "moved": moved_data(found.moved),
    }
    answer(given, data, *moved_told(found.moved), table if found.duties else Text(say("due.nothing")))
    return Exit.DONE
