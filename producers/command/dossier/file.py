"""``gongkai dossier file``: nothing more is expected of a matter."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both
from producers.matter_acts import put_away


@named("dossier file")
@click.argument("number")
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, number: str, office: str | None) -> Exit:
    """File it."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        found = put_away(house, whose, number, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("matter.filed", number=found.number, matter=found.name))
    answer(given, {"exit": Exit.DONE, "dossier": found.number, "matter": found.name}, told)
    return Exit.DONE
