"""``gongkai endpoints test``: send an outlet something that publishes nothing, and see what it says."""

from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

import click
from rich.text import Text
from sqlalchemy import select

from channels.base import Channel, Gone, Refused, TryAgain, Unsure
from notices.mobile import mobile
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
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


@runtime_checkable
class TestableTo(Protocol):
    """A channel that speaks to persons, and can send a test to one of them."""

    def test_to(self, number: str) -> str:
        """Send it to this mobile number, which is kept nowhere; what came of it. Raises as sending does."""


@named("endpoints test")
@click.argument("name")
@click.option("--to", metavar="NUMBER", help=both("command.option_test_to"))
def command(given: Given, name: str, to: str | None) -> Exit:
    """Send the test."""
    with opened(given) as house:
        found = _found(house, name)
        channel = house.outlets.channel(found)
        if found.pretend:
            raise Failed(Exit.WRONG, "rehearsed", name=name)
        test = _test(channel, name, to)
        try:
            said = test()
        except Gone as gone:
            told = "test_gone" if to is None else "test_account"
            raise Failed(Exit.FAILED, told, name=name, cause=str(gone)) from None
        except (TryAgain, Refused, Unsure) as error:
            told = "test_unsure" if to is not None and isinstance(error, Unsure) else "test"
            raise Failed(Exit.FAILED, told, name=name, cause=str(error)) from None
    answer(given, {"exit": Exit.DONE, "endpoint": name, "answer": said}, Text.assemble(("✓ ", "green"), said))
    return Exit.DONE


def _test(channel: Channel, name: str, to: str | None) -> Callable[[], str]:
    """How its test is sent. Raises ``Failed`` when it has none, or one of the other sort."""
    if isinstance(channel, TestableTo):
        if to is None:
            raise Failed(Exit.WRONG, "test_to_whom", name=name)
        if (number := mobile(to)) is None:
            raise Failed(Exit.WRONG, "test_no_number")
        return partial(channel.test_to, number)
    if not isinstance(channel, Testable):
        raise Failed(Exit.WRONG, "no_test", name=name)
    if to is not None:
        raise Failed(Exit.WRONG, "test_to_nobody", name=name)
    return channel.test


def _found(house: House, name: str) -> Endpoint:
    """The endpoint. Raises ``UnknownEndpoint``."""

    def read(tx: Tx) -> Endpoint:
        office_of(tx, name)
        return endpoint_of(tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one())

    return house.store.write(read)
