"""``gongkai comments accept``: comments that count."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from streams.comments.handle import accept
from streams.store.store import Tx


@named("comments accept")
@click.argument("comments", nargs=-1, required=True, metavar="COMMENT…")
@OFFICE
def command(given: Given, comments: tuple[str, ...], office: str | None) -> Exit:
    """Let all of them count, or none where one is not there."""
    with of_office(given, office) as (house, whose):

        def act(tx: Tx) -> None:
            for one in comments:
                accept(tx, one, office=whose, by=given.by)

        house.store.write(act)
    told = Text.assemble(("✓ ", "green"), say("comments.accepted", count=len(comments)))
    answer(given, {"exit": Exit.DONE, "comments": list(comments)}, told)
    return Exit.DONE
