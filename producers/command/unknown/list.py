"""``gongkai unknown list``: what was sent and never answered."""

from dataclasses import asdict

from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.unknowns import unknowns


@named("unknown list")
def command(given: Given) -> Exit:
    """Show them."""
    with opened(given) as house:
        found = house.store.read(unknowns)
    table = columns(
        *(say(f"command.column_{name}") for name in ("send", "sent", "endpoint", "recipients", "notice", "cause"))
    )
    table.columns[3].justify = "right"
    for one in found:
        persons = str(one.recipients or "")
        table.add_row(one.name, minute(one.at)[5:], one.endpoint, persons, one.title, one.cause)
    data = [{"send": one.name, **asdict(one)} for one in found]
    answer(given, {"exit": Exit.DONE, "unknown": data}, table if found else Text(say("command.no_unknown")))
    return Exit.DONE
