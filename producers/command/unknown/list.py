"""``gongkai unknown list``: what was sent and never answered, and who is in doubt in what is over."""

from dataclasses import asdict
from functools import partial

from rich.text import Text

from config.messages import say
from config.settings import SettingsError
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.house import House
from producers.unknowns import unknowns
from streams.seal import BadKey, Seal


@named("unknown list")
def command(given: Given) -> Exit:
    """Show them."""
    with opened(given) as house:
        found = house.store.read(partial(unknowns, seal=_seal(house)))
    table = columns(
        *(say(f"command.column_{name}") for name in ("send", "sent", "endpoint", "recipients", "notice", "cause"))
    )
    table.columns[3].justify = "right"
    for one in found:
        persons = str(one.recipients or "")
        why = one.cause
        if not one.whole:
            more = "…" if len(one.persons) < one.recipients else ""
            named = "、".join(one.persons) + more
            why = say("command.unknown_some", cause=one.cause, persons=named)
        table.add_row(one.name, minute(one.at)[5:], one.endpoint, persons, one.title, why)
    data = [{"send": one.name, **asdict(one)} for one in found]
    answer(given, {"exit": Exit.DONE, "unknown": data}, table if found else Text(say("command.no_unknown")))
    return Exit.DONE


def _seal(house: House) -> Seal | None:
    """What opens the numbers, to show them masked; without it they are counted."""
    try:
        return house.outlets.seal()
    except (SettingsError, BadKey):
        return None
