"""``gongkai clock confirm``: a person says that this machine's clock is right."""

from datetime import datetime, timedelta

import click
from rich.text import Text

from config.clock import wall
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, minute
from producers.command.words import both
from streams import clock_trust

APART = timedelta(minutes=1)  # what a watch may differ by, and how long one types
DAY = timedelta(days=1)


@named("clock confirm")
@click.option(
    "--now", "watch", metavar="HH:MM", type=click.DateTime(["%H:%M"]), required=True, help=both("schedule.option_now")
)
def command(given: Given, watch: datetime) -> Exit:
    """Believe it from here on, when it says what the person's watch says."""
    with opened(given) as house:
        now = house.clock.now()
        if _apart(watch, wall(now)) > APART:
            raise Failed(Exit.WRONG, "clock_differs", given=f"{watch:%H:%M}", now=minute(now))
        house.store.write(lambda tx: clock_trust.confirm(tx, house.station, by=given.by))
    told = Text.assemble(("✓ ", "green"), say("schedule.clock_confirmed", at=minute(now)))
    answer(given, {"exit": Exit.DONE, "now": now}, told)
    return Exit.DONE


def _apart(watch: datetime, here: datetime) -> timedelta:
    """How far two times of day are from each other, the shorter way round."""
    there = here.replace(hour=watch.hour, minute=watch.minute, second=0, microsecond=0)
    apart = abs(there - here.replace(second=0, microsecond=0))
    return min(apart, DAY - apart)
