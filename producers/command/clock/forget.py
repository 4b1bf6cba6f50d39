"""``gongkai clock forget``: a person says that a machine whose clock is doubted was taken away."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from streams import clock_trust


@named("clock forget")
@click.argument("station", metavar="STATION")
def command(given: Given, station: str) -> Exit:
    """Let it go from the list; this machine's own clock is confirmed instead."""
    with opened(given) as house:
        if station == house.station:
            raise Failed(Exit.WRONG, "own_clock", station=station)
        house.store.write(lambda tx: clock_trust.forget(tx, station, by=given.by))
    told = Text.assemble(("✓ ", "green"), say("schedule.clock_forgotten", station=station))
    answer(given, {"exit": Exit.DONE, "station": station}, told)
    return Exit.DONE
