"""``gongkai audiences erase``: an audience's numbers, all of them and at once."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.words import both
from streams.erase import erase


@named("audiences erase")
@click.argument("name")
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why"))
def command(given: Given, name: str, why: str) -> Exit:
    """Erase them."""
    with opened(given) as house:
        erased = erase(house.store, name, why=why, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("command.erased", name=name, count=erased))
    answer(given, {"exit": Exit.DONE, "audience": name, "erased": erased}, told)
    return Exit.DONE
