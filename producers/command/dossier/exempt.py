"""``gongkai dossier exempt``: no public consultation, and why; printed on its page."""

import click
from rich.text import Text

from config.messages import say
from producers.command.dossier.signed import signed
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both
from producers.matter_acts import Signed, exempt


@named("dossier exempt")
@click.argument("number")
@click.option("--reason", metavar="TEXT", required=True, help=both("matter.option_reason"))
@signed
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, number: str, reason: str, signed_by: str, reviewed_by: str, office: str | None) -> Exit:
    """Spare it the consultation."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        found = exempt(house, whose, number, reason=reason, signed=Signed(signed_by, reviewed_by), by=given.by)
    told = Text.assemble(("✓ ", "green"), say("matter.exempted", number=found.number, matter=found.name))
    answer(given, {"exit": Exit.DONE, "dossier": found.number, "matter": found.name}, told)
    return Exit.DONE
