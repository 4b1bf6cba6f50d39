"""``gongkai due pause``: from a day on, days do not count."""

from datetime import datetime

import click
from rich.text import Text

from config.messages import say
from producers.command.calendar.days import DAY
from producers.command.due.told import as_data
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.duty_acts import pause_duty
from producers.remark import remark


@named("due pause")
@click.argument("duty", metavar="DUTY")
@click.argument("first", metavar="FROM", type=DAY)
@click.option("--why", metavar="TEXT", required=True, help=both("due.option_why"))
def command(given: Given, duty: str, first: datetime, why: str) -> Exit:
    """Pause it."""
    with opened(given) as house:
        one = pause_duty(house, duty, first.date(), why=remark(why), by=given.by)
    told = say("due.paused", about=one.about, first=first.date())
    answer(given, {"exit": Exit.DONE, **as_data(one)}, Text.assemble(("✓ ", "green"), told))
    return Exit.DONE
