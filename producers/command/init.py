"""``gongkai init``: a sample configuration to start from."""

import click
from rich.text import Text

from config.clock import clock_of
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both
from producers.sample_home import write_sample_home


@named("init")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(1, 65_533),
    envvar="PORT",
    default=8080,
    help=both("command.option_port"),
)
def command(given: Given, port: int) -> Exit:
    """Write it into the data folder, never over one that is there."""
    file = given.home / "gongkai.toml"
    if file.exists():
        raise Failed(Exit.WRONG, "home_taken", file=str(file))
    write_sample_home(given.home, port, clock_of().now())
    told = Text(say("command.initialised", file=str(file)))
    answer(given, {"exit": Exit.DONE, "file": file, "port": port}, told)
    return Exit.DONE
