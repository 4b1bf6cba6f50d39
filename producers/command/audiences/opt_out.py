"""``gongkai audiences opt-out``: numbers that want nothing more from an office."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from producers.audience_acts import opt_numbers_out
from producers.audience_list import NoList, read_list
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both


@named("audiences opt-out")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_opt_out_why"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, file: Path, why: str, office: str | None) -> Exit:
    """Take them out of every list of the office, also of those that are read later."""
    try:
        numbers = read_list(file)
    except NoList as error:
        raise Failed(Exit.WRONG, f"list_{error.reason}", file=file, **error.values) from None
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        new = opt_numbers_out(house, whose, numbers, how=why, by=given.by)
    told = Text.assemble(("✓ ", "green"), say("command.opted_out", count=len(numbers), new=new))
    answer(given, {"exit": Exit.DONE, "office": whose, "numbers": len(numbers), "new": new}, told)
    return Exit.DONE
