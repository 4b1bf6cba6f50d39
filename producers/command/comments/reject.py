"""``gongkai comments reject``: spam, or against the law; it stays, and its sender may read why."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from streams.comments.handle import reject
from streams.store.store import Tx


@named("comments reject")
@click.argument("comments", nargs=-1, required=True, metavar="COMMENT…")
@click.option("--reason", metavar="TEXT", required=True, help=both("comments.option_reject_reason"))
@OFFICE
def command(given: Given, comments: tuple[str, ...], reason: str, office: str | None) -> Exit:
    """Reject all of them, or none where one is not there."""
    with of_office(given, office) as (house, whose):

        def act(tx: Tx) -> None:
            for one in comments:
                reject(tx, one, office=whose, why=reason, by=given.by)

        house.store.write(act)
    told = Text.assemble(("✓ ", "green"), say("comments.rejected", count=len(comments)))
    answer(given, {"exit": Exit.DONE, "comments": list(comments)}, told)
    return Exit.DONE
