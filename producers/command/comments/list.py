"""``gongkai comments list``: the comments on a matter, or on all."""

import click
from rich.text import Text

from config.messages import say
from producers.command.comments.common import OFFICE, as_data, of_office, short, standing
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer, columns, minute
from producers.command.words import both
from streams.comments.comment import State, comments_of, undecided


@named("comments list")
@click.argument("number", required=False)
@click.option("--state", type=click.Choice([one.value for one in State]), help=both("comments.option_state"))
@click.option("--open", "waiting", is_flag=True, help=both("comments.option_open"))
@OFFICE
def command(given: Given, number: str | None, state: str | None, waiting: bool, office: str | None) -> Exit:
    """Show them, in the order they were received; no names."""
    with of_office(given, office) as (house, whose):
        found = house.store.read(lambda c: comments_of(c, whose, number))
    found = [one for one in found if state in (None, one.state)]
    if waiting:
        found = undecided(found)
    table = columns(*(say(f"comments.column_{name}") for name in ("id", "number", "way", "received", "state", "text")))
    for one in found:
        row = (one.id, one.dossier, say(f"comment.way_{one.way}"), minute(one.received_at), standing(one))
        table.add_row(*row, short(one.text))
    data = {"exit": Exit.DONE, "comments": [as_data(one) for one in found]}
    answer(given, data, table if found else Text(say("comments.nothing")))
    return Exit.DONE
