"""``gongkai tasks list``: what lies ready for somebody to put up, replace or take down."""

from dataclasses import asdict

import click
from rich.text import Text

from config.messages import say
from config.said_again import said_again
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.which import only_office
from producers.command.words import both
from producers.tasks import tasks


@named("tasks list")
@click.option("--office", metavar="ID", help=both("command.option_of_office"))
@click.option("--most", metavar="N", type=click.IntRange(1, 10_000), default=20, help=both("command.option_most"))
def command(given: Given, office: str | None, most: int) -> Exit:
    """Show it, the newest first."""
    with opened(given) as house:
        wanted = only_office(tuple(house.configuration.offices), office) if office else None
        found = house.store.read(lambda c: tasks(c, wanted, most))
    table = columns(*(say(f"command.column_{name}") for name in ("notice", "endpoint", "since", "note")))
    for one in found:
        name = Text.assemble((one.title, "bold"), f"\n{one.notice}")
        table.add_row(name, f"{one.endpoint_title}\n{one.endpoint}", minute(one.since)[5:], said_again(one.what))
    data = [{**asdict(one), "what": said_again(one.what)} for one in found]
    answer(given, {"exit": Exit.DONE, "tasks": data}, table if found else Text(say("command.no_tasks")))
    return Exit.DONE
