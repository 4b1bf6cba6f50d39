"""``gongkai endpoints add``: one more outlet; whatever is released from now on goes there too."""

from collections.abc import Iterable
from typing import Any

import click
from pydantic import ValidationError
from rich.text import Text

from channels.base import load
from config.channels import channel_tables
from config.messages import say
from producers.add_endpoint import Added, add_endpoint
from producers.command import labels
from producers.command.endpoints.options import explained, option
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, pairs
from producers.command.which import only_office
from producers.command.words import both


@named("endpoints add")
@click.argument("name")
@click.option(
    "--channel",
    metavar="CHANNEL",
    type=click.Choice(list(channel_tables())),
    required=True,
    help=both("command.option_channel"),
)
@click.option("--title", metavar="TEXT", required=True, help=both("command.option_title"))
@click.option("--office", metavar="ID", help=both("command.option_office"))
@click.option("--option", "options", metavar="KEY=VALUE", multiple=True, help=both("command.option_option"))
@click.option("--pretend/--real", default=None, help=both("command.option_pretend"))
def command(
    given: Given,
    name: str,
    channel: str,
    title: str,
    office: str | None,
    options: tuple[str, ...],
    pretend: bool | None,
) -> Exit:
    """Add it; a secret that was made for it is told here and never again."""
    wanted = dict(map(option, options))
    with opened(given) as house:
        try:
            added = add_endpoint(
                house,
                name,
                office=only_office(tuple(house.configuration.offices), office),
                channel=channel,
                title=title,
                options=wanted,
                pretend=pretend,
                by=given.by,
            )
        except ValidationError as error:
            allowed = "、".join(sorted(load(channel).Options.model_fields)) or "–"
            raise Failed(Exit.WRONG, "bad_options", explained(error), channel=channel, allowed=allowed) from None
    lines = pairs(
        (say("command.label_channel"), labels.channel(channel)),
        (say("command.label_sends"), say("command.sends_pretended" if added.pretend else "command.sends")),
        (say("command.label_secret"), Text(added.secret, style="bold") if added.secret else ""),
    )
    answer(given, _data(added), Text.assemble(("✓ ", "green"), say("command.added", name=name)), lines, *_once(added))
    return Exit.DONE


def _data(added: Added) -> dict[str, Any]:
    return {
        "exit": Exit.DONE,
        "endpoint": added.name,
        "pretend": added.pretend,
        "secret": added.secret,
        "secret_file": added.secret_file,
        "finding": added.finding,
    }


def _once(added: Added) -> Iterable[Text]:
    if added.finding:
        yield Text(say("command.would_fail", cause=added.finding), style="yellow")
    if added.secret is not None:
        yield Text(say("command.secret_once", file=str(added.secret_file)), style="yellow")
