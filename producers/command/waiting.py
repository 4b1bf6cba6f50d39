"""The options ``--wait`` and ``--timeout`` of commands that say something."""

from collections.abc import Callable

import click

from producers.command.exits import Exit
from producers.command.words import both

Act = Callable[..., Exit | None]


def waits(act: Act) -> Act:
    """Give ``act`` the options ``wait`` and ``timeout``."""
    seconds = click.FloatRange(min=0, min_open=True)
    act = click.option("--timeout", metavar="SECONDS", type=seconds, help=both("command.option_timeout"))(act)
    return click.option("--wait", is_flag=True, help=both("command.option_wait"))(act)
