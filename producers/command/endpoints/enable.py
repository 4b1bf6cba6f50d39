"""``gongkai endpoints enable``: take deliveries again, and send everything that waited for a person there."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from streams.ceiling import let_through
from streams.disable import enable
from streams.endpoints import office_of
from streams.store.store import Tx


@named("endpoints enable")
@click.argument("name")
@click.option("--over-ceiling", is_flag=True, help=both("command.option_waits_over_ceiling"))
def command(given: Given, name: str, over_ceiling: bool) -> Exit:
    """Enable it."""

    def act(tx: Tx) -> int:
        office_of(tx, name)  # refuses a name that nobody has
        if over_ceiling:
            let_through(tx, house.outlets, name, by=given.by)
        return enable(tx, name, by=given.by)

    with opened(given) as house:
        waiting = house.store.write(act)
    told = Text(say("command.now_enabled", name=name, count=waiting))
    answer(given, {"exit": Exit.DONE, "endpoint": name, "state": "enabled", "waiting": waiting}, told)
    return Exit.DONE
