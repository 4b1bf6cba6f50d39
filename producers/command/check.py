"""``gongkai check``: what would go wrong with this configuration, before it does."""

import click
from rich.text import Text

from config.clock import clock_of
from config.messages import say
from producers.check import Checked, check
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer
from producers.command.words import both

MARKS = {"well": ("✓ ", "green"), "warning": ("! ", "yellow"), "wrong": ("✗ ", "red")}


@named("check")
@click.option("--links", is_flag=True, help=both("command.option_links"))
def command(given: Given, links: bool) -> Exit:
    """Look it through, with ``links`` others' sites too; warnings are no error."""
    found = list(check(given.home, clock_of(), links=links))
    wrong = sum(one.level == "wrong" for one in found)
    code = Exit.CONFIGURATION if wrong else Exit.DONE
    end = Text(say("command.check_wrong" if wrong else "command.check_well", count=wrong), style="bold")
    answer(given, {"exit": code, "checked": [vars(one) for one in found]}, *map(_line, found), end)
    return code


def _line(one: Checked) -> Text:
    return Text.assemble(MARKS[one.level], one.what)
