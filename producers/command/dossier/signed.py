"""The options of acts that make something public: who signed it off, and who reviewed it."""

from collections.abc import Callable

import click

from producers.command.exits import Exit
from producers.command.words import both


def signed(command: Callable[..., Exit]) -> Callable[..., Exit]:
    """Add them; the command is handed ``signed_by`` and ``reviewed_by``."""
    for name in ("--reviewed-by", "--signed-by"):
        text = both(f"matter.option_{name[2:].replace('-', '_')}")
        command = click.option(name, metavar="NAME", required=True, help=text)(command)
    return command
