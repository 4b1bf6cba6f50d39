"""``gongkai up``: the engine and both listeners, until told to end."""

import click

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.health import of_up
from producers.command.served import ended, own, served, tell
from producers.command.words import both
from producers.serve.process import Running

GRACE = 20.0  # seconds: longer than a request to an outlet may last, so that no answer is missed


@named("up")
@click.option("--health", is_flag=True, help=both("command.option_health"))
def command(given: Given, health: bool) -> Exit:
    """Serve the data folder."""
    if health:
        return of_up(given)

    def ready(running: Running) -> None:
        tell(given, own(running))

    return ended(served(given, given.home, ready, grace=GRACE))
