"""``gongkai triggers list``: what waits for its instant, the next first; and what could not be done then."""

from typing import Any

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.which import only_office
from producers.command.words import both
from producers.planned import Planned, planned


@named("triggers list")
@click.option("--office", metavar="ID", help=both("command.option_of_office"))
@click.option("--all", "ended", is_flag=True, help=both("schedule.option_all"))
@click.option("--most", metavar="N", type=click.IntRange(1, 10_000), default=20, help=both("schedule.option_most"))
def command(given: Given, office: str | None, ended: bool, most: int) -> Exit:
    """Show it."""
    with opened(given) as house:
        offices = tuple(house.configuration.offices)
        whose = (only_office(offices, office),) if office else offices
        found = planned(house, whose, ended=ended, most=most)
    table = columns(*(say(f"schedule.column_{name}") for name in ("at", "notice", "state")))
    for one in found:
        name = Text.assemble((one.title, "bold"), f"\n{one.trigger.subject}　{one.index_number}")
        table.add_row(minute(one.trigger.due_at), name, _state(one))
    empty = Text(say("schedule.nothing"))
    answer(given, {"exit": Exit.DONE, "triggers": [_data(one) for one in found]}, table if found else empty)
    return Exit.DONE


def _state(one: Planned) -> Text:
    return Text.assemble((say(f"schedule.{one.state}"), "yellow" if one.cause else ""), one.cause and f"\n{one.cause}")


def _data(one: Planned) -> dict[str, Any]:
    trigger = one.trigger
    return {
        "trigger": trigger.id,
        "act": trigger.act,
        "office": trigger.office,
        "notice": trigger.subject,
        "index_number": one.index_number,
        "title": one.title,
        "due_at": trigger.due_at,
        "state": one.state,
        "ended_at": trigger.ended_at,
        "cause": one.cause,
    }
