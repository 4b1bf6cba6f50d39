"""``gongkai calendar rules``: every term, how it is counted, and the article it rests on."""

from config.messages import language, say
from notices.calendar.rules import rules
from producers.command.calendar.length import length
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.show import answer, columns


@named("calendar rules")
def command(given: Given) -> Exit:
    """Show them."""
    english = language() == "en"
    data, table = (
        [],
        columns(*(say(f"calendar.column_{name}") for name in ("rule", "name", "from", "length", "source"))),
    )
    for one in rules().values():
        name, begins = (one.name_en, one.begins_en) if english else (one.name, one.begins)
        data.append(
            {
                "rule": one.id,
                "name": name,
                "from": begins,
                "length": one.length,
                "unit": one.unit,
                "counts_first": one.counts_first,
                "rolls": one.rolls,
                "before": one.before,
                "source": one.source,
            }
        )
        table.add_row(one.id, name, begins, length(one), one.source)
    answer(given, {"exit": Exit.DONE, "rules": data}, table)
    return Exit.DONE
