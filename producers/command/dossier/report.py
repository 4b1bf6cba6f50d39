"""``gongkai dossier report``: the next progress report of a matter, prepared to be completed in a minute."""

from pathlib import Path

import click

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.which import only_office
from producers.command.words import both
from producers.command.write import written_to_fill
from producers.next_report import next_report


@named("dossier report")
@click.argument("number")
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help=both("command.option_out"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, number: str, out: Path | None, office: str | None) -> Exit:
    """Write it."""
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        made = next_report(house, whose, number)
    written_to_fill(given, made.text, out, {"dossier": number, "office": whose, "issue": made.issue})
    return Exit.DONE
