"""``gongkai comments withdraw``: somebody took his comment back, by telephone or in person."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, of_office
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from streams.comments.comment import Comment
from streams.comments.handle import of_office as of
from streams.comments.take import withdraw
from streams.store.store import Tx


@named("comments withdraw")
@click.argument("comment")
@click.option("--reason", metavar="TEXT", required=True, help=both("comments.option_withdraw_reason"))
@OFFICE
def command(given: Given, comment: str, reason: str, office: str | None) -> Exit:
    """Take it back; its sender is forgotten at once."""
    with of_office(given, office) as (house, whose):

        def act(tx: Tx) -> Comment:
            of(tx, comment, whose)
            return withdraw(tx, comment, why=reason, by=given.by)

        done = house.store.write(act)
    told = Text.assemble(("✓ ", "green"), say("comments.withdrawn", comment=comment))
    answer(given, {"exit": Exit.DONE, "comment": comment, "withdrawn_at": done.withdrawn_at}, told)
    return Exit.DONE
