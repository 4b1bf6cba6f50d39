"""``gongkai triggers cancel``: what waits for its instant never goes out."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.timed import cancel


@named("triggers cancel")
@click.argument("notice")
@click.option("--reason", metavar="TEXT", required=True, help=both("schedule.option_reason"))
def command(given: Given, notice: str, reason: str) -> Exit:
    """Cancel it."""
    with opened(given) as house:
        version = cancel(house, notice, why=reason, by=given.by).version
    told = Text.assemble(("✓ ", "green"), say("schedule.was_cancelled", title=version.title))
    answer(given, {"exit": Exit.DONE, "notice": version.notice, "index_number": version.index_number}, told)
    return Exit.DONE
