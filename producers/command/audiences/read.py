"""``gongkai audiences read``: make a list of numbers an audience's newest; it takes the place of the one before."""

from pathlib import Path

import click
from rich.text import Text

from config.messages import say
from producers.audience_acts import read_audience
from producers.audience_list import NoList, read_list
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both
from streams.audiences import Audience
from streams.outlets import NUMBERS


@named("audiences read")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", metavar="TEXT", type=REASON, required=True, help=both("command.option_audience_title"))
@click.option("--basis", metavar="TEXT", type=REASON, required=True, help=both("command.option_basis"))
@click.option("--keep-days", type=click.IntRange(1, 3_650), default=180, help=both("command.option_keep_days"))
@click.option("--leave-out", is_flag=True, help=both("command.option_leave_out"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(
    given: Given, name: str, file: Path, title: str, basis: str, keep_days: int, leave_out: bool, office: str | None
) -> Exit:
    """Read it; with a line that is no number in it, nothing is changed."""
    try:
        numbers = read_list(file, leave_out=leave_out)
    except NoList as error:
        raise Failed(Exit.WRONG, f"list_{error.reason}", file=file, **error.values) from None
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        wanted = Audience(name, whose, title, basis, keep_days)
        count, made_key = read_audience(house, wanted, numbers, by=given.by)
        key = house.home / "secrets" / NUMBERS
    told = [Text.assemble(("✓ ", "green"), say("command.read_in", name=title, count=count))]
    if made_key:
        told.append(Text(say("command.made_key", file=str(key)), style="yellow"))
    answer(given, {"exit": Exit.DONE, "audience": name, "recipients": count, "made_key": made_key}, *told)
    return Exit.DONE
