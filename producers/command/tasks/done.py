"""``gongkai tasks done``: a person says that it was done, and where."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.tasks import do


@named("tasks done")
@click.argument("notice")
@click.option("--where", metavar="TEXT", required=True, help=both("command.option_where"))
@click.option("--endpoint", metavar="NAME", help=both("command.option_task_endpoint"))
def command(given: Given, notice: str, where: str, endpoint: str | None) -> Exit:
    """Put it on record."""
    with opened(given) as house:
        done = do(house, notice, where=where, at=endpoint, by=given.by)
    told = say("command.task_done", title=done.title, endpoint=done.endpoint_title, where=where.strip())
    answer(
        given,
        {"exit": Exit.DONE, "notice": done.notice, "endpoint": done.endpoint, "where": where.strip()},
        Text.assemble(("✓ ", "green"), told),
    )
    return Exit.DONE
