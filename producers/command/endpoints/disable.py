"""``gongkai endpoints disable``: an outlet takes nothing any more; what waits for it is kept."""

import click
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.reason import REASON
from producers.command.show import answer
from producers.command.words import both
from streams.disable import disable
from streams.endpoints import office_of
from streams.store.store import Tx


@named("endpoints disable")
@click.argument("name")
@click.option("--why", metavar="TEXT", type=REASON, required=True, help=both("command.option_why"))
def command(given: Given, name: str, why: str) -> Exit:
    """Disable it, with the reason that everybody sees."""

    def act(tx: Tx) -> None:
        office_of(tx, name)  # refuses a name that nobody has
        disable(tx, name, why, by=given.by)

    with opened(given) as house:
        house.store.write(act)
    told = Text(say("command.now_disabled", name=name))
    answer(given, {"exit": Exit.DONE, "endpoint": name, "state": "disabled"}, told)
    return Exit.DONE
