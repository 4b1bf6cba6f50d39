"""``gongkai clock confirm``: a person says that this machine's clock is right."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, minute
from producers.command.words import both
from streams import clock_trust


@named("clock confirm")
@click.option("--now", "given_now", metavar="HH:MM", required=True, help=both("schedule.option_now"))
def command(given: Given, given_now: str) -> Exit:
    """Believe it from here on, when it says what the person's watch says."""
    with opened(given) as house:
        now = minute(house.clock.now())
        if given_now not in (now[-5:], now):
            raise Failed(Exit.WRONG, "clock_differs", given=given_now, now=now)
        house.store.write(lambda tx: clock_trust.confirm(tx, house.station, by=given.by))
    told = Text.assemble(("✓ ", "green"), say("schedule.clock_confirmed", at=now))
    answer(given, {"exit": Exit.DONE, "now": now}, told)
    return Exit.DONE
