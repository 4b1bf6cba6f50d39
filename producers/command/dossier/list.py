"""``gongkai dossier list``: every matter, where it stands and what comes next."""

import click
from rich.text import Text

from config.messages import say
from producers.command.dossier.told import as_data
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.which import only_office
from producers.command.words import both
from producers.matter_look import looks


@named("dossier list")
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, office: str | None) -> Exit:
    """Show them."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        found = looks(house, whose)
    table = columns(*(say(f"matter.column_{name}") for name in ("number", "matter", "phase", "next", "next_what")))
    for one in found:
        coming = one.coming[0] if one.coming else None
        at, what = (minute(coming.at), coming.what) if coming else ("–", "")
        table.add_row(one.matter.number, one.matter.name, one.phase, at, what)
    data = {"exit": Exit.DONE, "office": whose, "dossiers": [as_data(one) for one in found]}
    answer(given, data, table if found else Text(say("matter.none")))
    return Exit.DONE
