"""That a clock nobody believes holds something up, below an answer."""

from collections.abc import Iterator

from rich.text import Text

from config.messages import say
from producers.command.show import minute
from producers.held import Held


def holds(found: Held) -> Iterator[Text]:
    """A line; none while every machine's clock is believed."""
    if found.doubted_at is None and found.doubts:
        since = "、".join(minute(one) for one in found.doubts)
        told = say("schedule.clock_holds_elsewhere", since=since, acts=found.acts, sends=found.sends)
        yield Text.assemble("\n", ("! ", "yellow"), told)
    elif found.doubted_at is not None:
        told = say("schedule.clock_holds", acts=found.acts, sends=found.sends)
        yield Text.assemble("\n", ("! ", "yellow"), told)
