"""``gongkai dead-letters retry``: run stages again on what they could not handle."""

import click
from rich.text import Text
from sqlalchemy import select

from config.messages import say
from producers.command.exits import Exit, worst
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.house import House
from producers.second_chance import UnknownLetter, run_again
from streams.store.store import StoreUnavailable
from streams.store.tables import dead_letter


@named("dead-letters retry")
@click.argument("letters", nargs=-1, type=int, metavar="LETTER…")
@click.option("--all", "every", is_flag=True, help=both("command.option_every_letter"))
def command(given: Given, letters: tuple[int, ...], every: bool) -> Exit:
    """Run each again; one that fails again stays, and does not stop the others."""
    if bool(letters) == every:
        raise click.UsageError(say("command.letters_or_all"))
    with opened(given) as house:
        failed = {letter: _again(house, letter, given.by) for letter in (_waiting(house) if every else letters)}
    code = worst(*(Exit.STOPPED if cause else Exit.DONE for cause in failed.values()))
    data = {"exit": code, "letters": [{"letter": one, "cause": cause} for one, cause in failed.items()]}
    lines = [_line(letter, cause) for letter, cause in failed.items()]
    answer(given, data, *(lines or [Text(say("command.no_letters"))]))
    return code


def _waiting(house: House) -> list[int]:
    wanted = select(dead_letter.c.id).where(dead_letter.c.state == "waiting").order_by(dead_letter.c.id)
    return list(house.store.read(lambda c: c.execute(wanted).scalars().all()))


def _again(house: House, letter: int, by: str) -> str:
    """Empty when it went through, else why not."""
    try:
        run_again(house, letter, by=by)
    except (UnknownLetter, StoreUnavailable):
        raise
    except Exception as error:  # whatever the stage does: it is told, and the next letter's turn comes
        return f"{type(error).__name__}: {error}"
    return ""


def _line(letter: int, cause: str) -> Text:
    if cause:
        return Text.assemble(("✗ ", "red"), say("command.letter_failed", letter=letter, cause=cause))
    return Text.assemble(("✓ ", "green"), say("command.letter_went", letter=letter))
