"""``gongkai resume``: stages that stood still go on."""

from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer
from producers.second_chance import go_on


@named("resume")
def command(given: Given) -> Exit:
    """Let them."""
    with opened(given) as house:
        stages = go_on(house, by=given.by)
    told = say("command.resumed", stages="、".join(stages)) if stages else say("command.nothing_stopped")
    answer(given, {"exit": Exit.DONE, "stages": stages}, Text(told))
    return Exit.DONE
