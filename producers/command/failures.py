"""Every failure in the words of the person who reads it: what, where, what to do; and its exit code."""

from collections.abc import Sequence

import click

from producers.command.exits import Exit


def tell(error: Exception, args: Sequence[str]) -> Exit:
    """Say what happened on the standard error, or in the JSON answer when ``args`` ask for one."""
    if isinstance(error, click.ClickException):
        error.show()
        return Exit.USAGE
    click.echo(f"{type(error).__name__}: {error}", err=True)
    return Exit.PROGRAM
