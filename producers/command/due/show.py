"""``gongkai due show``: one duty, who was reminded of it, and who is next."""

import click
from rich.text import Text

from config.messages import say
from producers.command.due.told import about_of, as_data, name_of, urgency
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, pairs
from producers.nearness import nearness, until
from producers.reminded import line, next_line, reminded
from streams.calendars import calendar_of
from streams.duties import owed


@named("due show")
@click.argument("duty", metavar="DUTY")
def command(given: Given, duty: str) -> Exit:
    """Show it."""
    with opened(given) as house:
        one = house.store.read(lambda c: owed(c, duty))
        found = house.store.read(lambda c: reminded(c, [one.id]))[one.id]
        calendar = house.store.read(lambda c: calendar_of(c, one.office))
        now, office = house.clock.now(), house.configuration.offices.get(one.office)
    section = office.sections.get(one.section, one.section) if office else one.section
    said = Text("\n".join(line(each) for each in found.told) or say("remind.none_told"))
    coming = Text("\n".join(next_line(each) for each in found.planned) or say("remind.none_next"))
    shown = pairs(
        (say("due.column_duty"), one.id),
        (say("due.column_about"), about_of(one)),
        (say("due.column_name"), name_of(one)),
        (say("due.column_until"), until(one)),
        (say("due.column_left"), urgency(one, nearness(one, now, calendar))),
        (say("due.column_section"), section),
        (say("due.column_source"), one.rule.source),
        (say("remind.column_told"), said),
        (say("remind.column_next"), coming),
    )
    data = {
        "told": [
            {
                "at": each.at,
                "who": each.who,
                "to": each.to,
                "persons": list(each.persons),
                "endpoints": list(each.endpoints),
                "message": each.message,
            }
            for each in found.told
        ],
        "planned": [{"at": each.due_at, "to": each.detail["to"], "trigger": each.id} for each in found.planned],
    }
    answer(given, {"exit": Exit.DONE, **as_data(one), "reminders": data}, shown)
    return Exit.DONE
