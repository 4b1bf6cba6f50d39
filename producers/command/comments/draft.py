"""``gongkai comments draft``: the feedback on the comments, as a file that is signed and published like any other."""

from pathlib import Path

import click

from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.words import both
from producers.command.write import written
from producers.comments.draft import feedback


@named("comments draft")
@click.argument("number")
@click.option("--next", "next_step", metavar="TEXT", default="", help=both("comments.option_next"))
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help=both("command.option_out"))
@OFFICE
def command(given: Given, number: str, next_step: str, out: Path | None, office: str | None) -> Exit:
    """Write it, once every comment has its answer."""
    with of_office(given, office) as (house, whose):
        text, sums = feedback(house, whose, number, next_step=next_step)
    adopted, partly, not_ = sums.by_disposition.values()
    data = {
        "number": number,
        "received": sums.received,
        "people": sums.people,
        "adopted": adopted,
        "partly": partly,
        "not_adopted": not_,
    }
    written(given, text, out, data)
    return Exit.DONE
