"""``gongkai dead-letters list``: what could not be handled, and why."""

from typing import Any

import click
from rich.console import Group
from rich.text import Text
from sqlalchemy import Connection, select

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.words import both
from producers.standings import stopped_stages
from streams.store.tables import dead_letter


@named("dead-letters list")
@click.option("--all", "every", is_flag=True, help=both("command.option_all_letters"))
def command(given: Given, every: bool) -> Exit:
    """Show those that wait; with ``every`` also those that were run again."""
    with opened(given) as house:
        letters, stopped = house.store.read(lambda c: (_letters(c, every), stopped_stages(c)))
    table = columns(*(say(f"command.column_{name}") for name in ("letter", "set_aside", "stage", "state", "cause")))
    for one in letters:
        state = say(f"command.letter_{one['state']}")
        table.add_row(str(one["letter"]), minute(one["at"])[5:], one["stage"], state, one["cause"])
    shown = [table if letters else Text(say("command.no_letters"))]
    if stopped:
        shown.append(Text(say("command.line_stopped", stages="、".join(stopped)), style="red"))
    answer(given, {"exit": Exit.DONE, "letters": letters, "stopped": stopped}, Group(*shown))
    return Exit.DONE


def _letters(connection: Connection, every: bool) -> list[dict[str, Any]]:
    wanted = select(dead_letter).order_by(dead_letter.c.id)
    rows = connection.execute(wanted if every else wanted.where(dead_letter.c.state == "waiting"))
    return [
        {"letter": row.id, "at": row.at, "stage": row.stage, "event": row.event, "state": row.state, "cause": row.cause}
        for row in rows
    ]
