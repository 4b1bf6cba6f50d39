"""``gongkai due done``: it was met, or fell away."""

import click
from rich.text import Text

from config.messages import say
from producers.command.due.told import as_data
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.duty_acts import close_duty
from producers.remark import remark


@named("due done")
@click.argument("duty", metavar="DUTY")
@click.option("--how", metavar="TEXT", required=True, help=both("due.option_how"))
def command(given: Given, duty: str, how: str) -> Exit:
    """Close it."""
    with opened(given) as house:
        one = close_duty(house, duty, how=remark(how), by=given.by)
    answer(given, {"exit": Exit.DONE, **as_data(one)}, Text.assemble(("✓ ", "green"), say("due.done", about=one.about)))
    return Exit.DONE
