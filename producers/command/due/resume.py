"""``gongkai due resume``: after a last day that did not count, days count again."""

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
from producers.duty_acts import resume_duty
from producers.nearness import until
from producers.remark import remark


@named("due resume")
@click.argument("duty", metavar="DUTY")
@click.argument("last", metavar="LAST", type=DAY)
@click.option("--why", metavar="TEXT", required=True, help=both("due.option_why"))
def command(given: Given, duty: str, last: datetime, why: str) -> Exit:
    """Resume it."""
    with opened(given) as house:
        one = resume_duty(house, duty, last.date(), why=remark(why), by=given.by)
    told = say("due.resumed", about=one.about, until=until(one))
    answer(given, {"exit": Exit.DONE, **as_data(one)}, Text.assemble(("✓ ", "green"), told))
    return Exit.DONE
