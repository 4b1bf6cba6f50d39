"""Ask before anything goes where nothing can be taken back."""

import sys
from collections.abc import Iterable

import click

from channels.base import Nature
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.house import House
from streams.outlets import Endpoint


def irreversible(house: House, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Those where a message that was sent stays sent; a rehearsed one sends nothing."""
    return [one for one in endpoints if house.outlets.channel(one).nature is Nature.IRREVERSIBLE]


def confirm(given: Given, house: House, endpoints: Iterable[Endpoint], *, yes: bool) -> None:
    """Let a person say yes to what cannot be taken back. Raises ``Failed`` where nobody does."""
    final = irreversible(house, endpoints)
    if not final or yes:
        return
    titles = "、".join(one.title for one in final)
    if given.json or not sys.stdin.isatty():
        raise Failed(Exit.INTERRUPTED, "unconfirmed", endpoints=titles)
    if not click.confirm(say("command.confirm", endpoints=titles), err=True):
        raise Failed(Exit.INTERRUPTED, "declined")
