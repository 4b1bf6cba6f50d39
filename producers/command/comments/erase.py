"""``gongkai comments erase``: forget who commented on a matter, before the days are over."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from streams.comments.forget import erase


@named("comments erase")
@click.argument("number")
@click.option("--why", metavar="TEXT", required=True, help=both("command.option_why"))
@OFFICE
def command(given: Given, number: str, why: str, office: str | None) -> Exit:
    """Erase names and contacts; the comments stay."""
    with of_office(given, office) as (house, whose):
        erased = house.store.write(lambda tx: erase(tx, whose, number, why=why, by=given.by))
    told = Text.assemble(("✓ ", "green"), say("comments.erased", count=erased))
    answer(given, {"exit": Exit.DONE, "number": number, "erased": erased}, told)
    return Exit.DONE
