"""``gongkai triggers retry``: what was refused at its instant is tried again at once."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.timed import retry


@named("triggers retry")
@click.argument("notice")
@click.option("--over-ceiling", is_flag=True, help=both("command.option_over_ceiling"))
def command(given: Given, notice: str, over_ceiling: bool) -> Exit:
    """Let the scheduler look at it again."""
    with opened(given) as house:
        version = retry(house, notice, over_ceiling=over_ceiling, by=given.by).version
    told = Text.assemble(("✓ ", "green"), say("schedule.retried", title=version.title))
    answer(given, {"exit": Exit.DONE, "notice": version.notice, "index_number": version.index_number}, told)
    return Exit.DONE
