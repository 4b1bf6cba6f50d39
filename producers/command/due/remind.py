"""``gongkai due remind``: remind of it now, whatever is planned."""

import click
from rich.text import Text

from config.messages import say
from notices.reminders import Rung
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.command.words import both
from producers.reminding import remind_now


@named("due remind")
@click.argument("duty", metavar="DUTY")
@click.option(
    "--to", type=click.Choice([one.value for one in Rung]), default=Rung.OWNER.value, help=both("remind.option_to")
)
def command(given: Given, duty: str, to: str) -> Exit:
    """Remind."""
    with opened(given) as house:
        ready = remind_now(house, duty, Rung(to), by=given.by)
    names = [one.name for one in ready.whom.persons]
    about, rung = ready.message.version.fields["about"], say(f"remind.rung_{ready.to}")
    told = say("remind.sent", about=about, rung=rung, persons="、".join(names))
    data = {
        "exit": Exit.DONE,
        "duty": ready.duty,
        "to": ready.to,
        "persons": names,
        "endpoints": list(ready.message.endpoints),
        "message": ready.message.id,
    }
    answer(given, data, Text.assemble(("✓ ", "green"), told))
    return Exit.DONE
