"""``gongkai endpoints rebuild``: write what an outlet shows anew from the store; what nobody wrote goes."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.rebuild import rebuild


@named("endpoints rebuild")
@click.argument("name")
def command(given: Given, name: str) -> Exit:
    """Write it anew."""
    with opened(given) as house:
        count = rebuild(house, name, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("command.rebuilt", name=name, count=count))
    answer(given, {"exit": Exit.DONE, "endpoint": name, "messages": count}, told)
    return Exit.DONE
