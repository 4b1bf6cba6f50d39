"""``gongkai dossier open``: begin a matter before anything of it is published."""

import click
from rich.text import Text

from config.messages import say
from producers.command.dossier.signed import signed
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both
from producers.matter_acts import Signed, begin


@named("dossier open")
@click.argument("number")
@click.option("--name", metavar="TEXT", required=True, help=both("matter.option_name"))
@click.option("--section", metavar="ID", required=True, help=both("due.option_section"))
@signed
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(
    given: Given, number: str, name: str, section: str, signed_by: str, reviewed_by: str, office: str | None
) -> Exit:
    """Begin it."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        sections = house.configuration.offices[whose].sections
        if section not in sections:
            names = "、".join(f"{short} {title}" for short, title in sections.items())
            raise Failed(Exit.WRONG, "unknown_section", given=section, names=names)
        by = Signed(signed_by, reviewed_by)
        found = begin(house, whose, number, name=name, section=section, signed=by, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("matter.begun", number=found.number, matter=found.name))
    answer(given, {"exit": Exit.DONE, "dossier": found.number, "matter": found.name}, told)
    return Exit.DONE
