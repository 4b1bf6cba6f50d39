"""``gongkai endpoints resume``: a paused outlet goes on at once."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from streams.endpoints import resume


@named("endpoints resume")
@click.argument("name")
def command(given: Given, name: str) -> Exit:
    """Let it go on."""
    with opened(given) as house:
        house.store.write(lambda tx: resume(tx, name, by=given.by))
    told = Text(say("command.goes_on", name=name))
    answer(given, {"exit": Exit.DONE, "endpoint": name, "state": "enabled"}, told)
    return Exit.DONE
