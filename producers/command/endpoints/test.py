"""``gongkai endpoints test``: send an outlet something that publishes nothing, and see what it says."""

from typing import Protocol, runtime_checkable

import click
from rich.text import Text
from sqlalchemy import select

from channels.base import Gone, Refused, TryAgain, Unsure
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.house import House
from streams.endpoints import office_of
from streams.outlets import Endpoint, endpoint_of
from streams.store.store import Tx
from streams.store.tables import endpoint


@runtime_checkable
class Testable(Protocol):
    """A channel that can send a test."""

    def test(self) -> str:
        """Send it; what came of it, in a sentence. Raises as sending does."""


@named("endpoints test")
@click.argument("name")
def command(given: Given, name: str) -> Exit:
    """Send the test."""
    with opened(given) as house:
        found = _found(house, name)
        channel = house.outlets.channel(found)
        if found.pretend:
            raise Failed(Exit.WRONG, "rehearsed", name=name)
        if not isinstance(channel, Testable):
            raise Failed(Exit.WRONG, "no_test", name=name)
        try:
            said = channel.test()
        except Gone as gone:
            raise Failed(Exit.FAILED, "test_gone", name=name, cause=str(gone)) from None
        except (TryAgain, Refused, Unsure) as error:
            raise Failed(Exit.FAILED, "test", name=name, cause=str(error)) from None
    answer(given, {"exit": Exit.DONE, "endpoint": name, "answer": said}, Text.assemble(("✓ ", "green"), said))
    return Exit.DONE


def _found(house: House, name: str) -> Endpoint:
    """The endpoint. Raises ``UnknownEndpoint``."""

    def read(tx: Tx) -> Endpoint:
        office_of(tx, name)
        return endpoint_of(tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one())

    return house.store.write(read)
