"""``gongkai dossier show``: one matter, step by step; what is due next and why, what is missing."""

from collections.abc import Iterator

import click
from rich.console import RenderableType
from rich.text import Text

from config.messages import say
from notices.steps import of_day
from producers.command.dossier.told import as_data
from producers.command.dossier.why import why
from producers.command.due.told import name_of
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.which import only_office
from producers.command.words import both
from producers.matter_look import Look, look
from producers.nearness import until


@named("dossier show")
@click.argument("number")
@click.option("--office", metavar="ID", help=both("command.option_office"))
def command(given: Given, number: str, office: str | None) -> Exit:
    """Show it."""
    with opened(given) as house:
        found = look(house, only_office(tuple(house.configuration.offices), office), number)
    answer(given, {"exit": Exit.DONE, **as_data(found)}, *_shown(found))
    return Exit.DONE


def _shown(found: Look) -> Iterator[RenderableType]:
    matter = found.matter
    yield Text.assemble((f"{matter.number}  {matter.name}", "bold"), f"  {found.phase}")
    if found.address:
        yield Text(found.address, style="dim")
    steps = columns(*(say(f"matter.column_{name}") for name in ("step", "state", "when", "notice")))
    for one in found.steps:
        steps.add_row(one.name, one.state, one.when, one.of.version.title if one.of else one.words)
    yield steps
    if found.against:
        window = matter.window
        last = of_day(window.open_to) if window else ""
        yield Text(say(f"matter.{found.against}", number=matter.number, until=last), style="yellow")
    if found.coming or found.duties:
        coming = columns(*(say(f"matter.column_{name}") for name in ("next", "next_what", "why")))
        for told in found.coming:
            causes = (why(told.occasion, matter.patience), told.cause)
            coming.add_row(minute(told.at), told.what, "；".join(filter(None, causes)))
        for duty in found.duties:
            coming.add_row(until(duty), name_of(duty), duty.rule.source)
        yield coming
