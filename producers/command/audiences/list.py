"""``gongkai audiences list``: every audience, its basis, how many numbers are kept. No number is ever shown."""

from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from streams.audiences import listed


@named("audiences list")
def command(given: Given) -> Exit:
    """Show them."""
    with opened(given) as house:
        found = house.store.read(listed)
    data = [
        {
            "audience": one.audience.name,
            "office": one.audience.office,
            "title": one.audience.title,
            "basis": one.audience.basis,
            "keep_days": one.audience.keep_days,
            "recipients": one.recipients,
            "read_at": one.read_at and one.read_at.isoformat(),
            "kept": one.kept,
        }
        for one in found
    ]
    table = columns(
        *(say(f"command.column_{name}") for name in ("id", "audience", "recipients", "read", "kept", "basis"))
    )
    for column in (table.columns[2], table.columns[4]):
        column.justify = "right"
    for one in found:
        keeps = say("command.keeps", count=one.kept, days=one.audience.keep_days)
        counted = str(one.recipients)
        table.add_row(one.audience.name, one.audience.title, counted, minute(one.read_at), keeps, one.audience.basis)
    answer(given, {"exit": Exit.DONE, "audiences": data}, table if found else Text(say("command.no_audiences")))
    return Exit.DONE
