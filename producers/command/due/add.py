"""``gongkai due add``: start a term by hand."""

from datetime import datetime

import click
from rich.text import Text

from config.clock import SHANGHAI
from config.messages import say
from notices.calendar.rules import rule
from producers.command.calendar.days import MOMENT
from producers.command.calendar.length import length
from producers.command.due.told import as_data, name_of
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.which import only_office
from producers.command.words import both
from producers.nearness import until
from producers.remark import remark
from streams.calendars import current
from streams.duties import add


@named("due add")
@click.argument("name", metavar="RULE")
@click.argument("start", metavar="START", type=MOMENT)
@click.option("--about", metavar="TEXT", required=True, help=both("due.option_about"))
@click.option("--section", metavar="ID", required=True, help=both("due.option_section"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, name: str, start: datetime, about: str, section: str, office: str | None) -> Exit:
    """Start it."""
    wanted = rule(name)
    with opened(given) as house:
        whose = only_office(tuple(house.configuration.offices), office)
        sections = house.configuration.offices[whose].sections
        if section not in sections:
            names = "、".join(f"{short} {title}" for short, title in sections.items())
            raise Failed(Exit.WRONG, "unknown_section", given=section, names=names)
        current(house.store, whose)
        at = start.replace(tzinfo=SHANGHAI)
        one = house.store.write(
            lambda tx: add(tx, wanted, at, office=whose, section=section, about=remark(about), by=given.by)
        )
    told = say("due.added", about=about, name=name_of(one), length=length(wanted), until=until(one), duty=one.id)
    answer(given, {"exit": Exit.DONE, **as_data(one)}, Text.assemble(("✓ ", "green"), told))
    return Exit.DONE
