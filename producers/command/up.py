"""``gongkai up``: the engine and both listeners, until told to end."""

from typing import TYPE_CHECKING

import click

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.health import of_up
from producers.command.words import both

if TYPE_CHECKING:
    from producers.serve.process import Running

GRACE = 20.0  # seconds: longer than a request to an outlet may last, so that no answer is missed


@named("up")
@click.option("--health", is_flag=True, help=both("command.option_health"))
def command(given: Given, health: bool) -> Exit:
    """Serve the data folder."""
    if health:
        return of_up(given)
    from producers.command.served import ended, own, served, tell  # a second to import, which no health check needs

    def ready(running: "Running") -> None:
        tell(given, own(running))

    return ended(served(given, given.home, ready, grace=GRACE))
