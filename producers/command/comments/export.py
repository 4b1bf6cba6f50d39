"""``gongkai comments export``: a table of the comments on a matter, to be filled in. There is no name in it."""

from pathlib import Path

import click

from config.messages import say
from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import minute
from producers.command.words import both
from producers.command.write import written
from producers.comments.decide import EXPORTED
from producers.comments.table import write_table
from streams.comments.comment import Comment, comments_of


@named("comments export")
@click.argument("number")
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help=both("command.option_out"))
@OFFICE
def command(given: Given, number: str, out: Path | None, office: str | None) -> Exit:
    """Write those that count."""
    with of_office(given, office) as (house, whose):
        found = [one for one in house.store.read(lambda c: comments_of(c, whose, number)) if one.counts]
    written(given, write_table(EXPORTED, map(_row, found)), out, {"number": number, "comments": len(found)})
    return Exit.DONE


def _row(one: Comment) -> dict[str, str]:
    return {
        "id": one.id,
        "way": say(f"comment.way_{one.way}", "zh"),
        "received": minute(one.received_at),
        "text": one.text,
        "clause": one.clause,
        "category": one.category,
        "disposition": say(f"comment.result_{one.disposition}", "zh") if one.disposition else "",
        "reason": one.reason,
    }
