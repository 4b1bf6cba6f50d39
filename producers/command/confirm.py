"""Ask before anything goes where nothing can be taken back."""

import sys
from collections.abc import Iterable, Sequence

import click

from channels.base import Nature
from config.messages import say
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.house import House
from producers.reach import Reach
from streams.outlets import Endpoint


def irreversible(house: House, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Those where a message that was sent stays sent; a rehearsed one sends nothing."""
    return [one for one in endpoints if house.outlets.channel(one).nature is Nature.IRREVERSIBLE]


def confirm(given: Given, house: House, reaches: Sequence[Reach], *, yes: bool) -> None:
    """Let a person say yes to what cannot be taken back. Raises ``Failed`` where nobody does."""
    endpoints = irreversible(house, (one.endpoint for one in reaches))
    if not endpoints or yes:
        return
    titles = "、".join(reaching(one) for one in reaches if one.endpoint in endpoints)
    if given.json or not sys.stdin.isatty():
        raise Failed(Exit.INTERRUPTED, "unconfirmed", endpoints=titles)
    if not click.confirm(say("command.confirm", endpoints=titles), err=True):
        raise Failed(Exit.INTERRUPTED, "declined")


def reaching(one: Reach) -> str:
    """An endpoint's name, and how many persons it would reach at what price, and how many of them not today."""
    if one.people is None:
        return one.endpoint.title
    told = {"title": one.endpoint.title, "people": f"{one.people:,}", "price": f"{one.price:,.2f}"}
    if later := one.waits.daily + one.waits.daily_each:
        return say("command.reaching_later", **told, later=f"{later:,}")
    return say("command.reaching", **told)
