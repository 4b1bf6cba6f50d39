"""``gongkai unknown settle``: a person says what became of a send, and why he knows."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.words import both
from streams.decide import Decision, NotUnknown, decide


@named("unknown settle")
@click.argument("send", metavar="SEND")
@click.option(
    "--as", "decision", type=click.Choice([str(one) for one in Decision]), required=True, help=both("command.option_as")
)
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why_known"))
def command(given: Given, send: str, decision: str, why: str) -> Exit:
    """Settle it."""
    delivery, _, number = send.rpartition(".")
    if not number.isascii() or not number.isdigit():
        raise NotUnknown(send)
    with opened(given) as house:
        house.store.write(
            lambda tx: decide(tx, house.outlets, delivery, int(number), Decision(decision), why=why, by=given.by)
        )
    told = Text.assemble(("✓ ", "green"), say(f"command.settled_{decision}", send=send))
    answer(given, {"exit": Exit.DONE, "send": send, "as": decision}, told)
    return Exit.DONE
