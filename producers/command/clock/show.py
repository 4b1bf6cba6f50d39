"""``gongkai clock show``: what the program takes the time to be, and whether it is believed."""

from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, minute, pairs
from producers.held import Held, held


@named("clock show")
def command(given: Given) -> Exit:
    """Show it; what is doubted by this look alone is not kept."""
    with opened(given) as house:
        found = held(house)
    reading, doubted = found.reading, found.doubted_at is not None
    said = Text(say("schedule.clock_doubted" if doubted else "schedule.clock_believed"), "yellow" if doubted else "")
    lines = pairs(
        (say("schedule.label_now"), minute(reading.now)),
        (say("schedule.label_clock"), said),
        (say("schedule.label_vouched"), say("schedule.yes" if reading.vouched else "schedule.no")),
        (say("schedule.label_held"), _held(found)),
        (say("schedule.label_then"), Text(say("schedule.clock_fix")) if doubted else ""),
    )
    data = {"now": reading.now, "believed": not doubted, "vouched": reading.vouched, "doubted_at": found.doubted_at}
    answer(
        given,
        {
            "exit": Exit.DONE,
            **data,
            "doubts": list(found.doubts),
            "elsewhere": [{"station": name, "since": since} for name, since in found.elsewhere.items()],
            "held": {"acts": found.acts, "sends": found.sends},
        },
        lines,
        *(
            Text.assemble(("! ", "yellow"), say("schedule.clock_elsewhere", station=name, since=minute(since)))
            for name, since in found.elsewhere.items()
        ),
    )
    return Exit.DONE


def _held(found: Held) -> Text:
    doubted = found.doubted_at is not None
    return Text(say("schedule.held_by_it", acts=found.acts, sends=found.sends) if doubted else "")
