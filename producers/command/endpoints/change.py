"""``gongkai endpoints change``: other options for an outlet; whatever is released from now on goes by them."""

import click
from pydantic import ValidationError
from rich.text import Text

from config.messages import say
from producers.change_endpoint import change_endpoint
from producers.command.endpoints.options import explained, option
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.words import both


@named("endpoints change")
@click.argument("name")
@click.option("--option", "options", metavar="KEY=VALUE", multiple=True, help=both("command.option_option"))
@click.option("--without", metavar="KEY", multiple=True, help=both("command.option_without"))
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why"))
def command(given: Given, name: str, options: tuple[str, ...], without: tuple[str, ...], why: str) -> Exit:
    """Change it; what is not named stays as it is."""
    wanted = dict(map(option, options))
    with opened(given) as house:
        try:
            changed = change_endpoint(house, name, options=wanted, without=without, why=why, by=given.by)
        except ValidationError as error:
            raise Failed(Exit.WRONG, "other_options", explained(error), name=name) from None
    told = say("command.changed", name=name, options="、".join(changed.options)) if changed.options else ""
    lines = [Text(told or say("command.unchanged", name=name))]
    if changed.finding:
        lines.append(Text(say("command.would_fail", cause=changed.finding), style="yellow"))
    data = {"exit": Exit.DONE, "endpoint": name, "changed": list(changed.options), "finding": changed.finding}
    answer(given, data, *lines)
    return Exit.DONE
