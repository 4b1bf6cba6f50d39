"""``--health`` of the commands that run: for whoever looks after containers and units, an exit code that is true."""

from collections.abc import Sequence

from config.messages import say
from config.settings import read
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.command.show import answer
from producers.serve.asked import unwell
from producers.serve.sign import OLD, age


def of_up(given: Given) -> Exit:
    """Whether ``gongkai up`` works in this folder. Raises ``Failed`` when it does not."""
    return _told(given, list(unwell(read(given.home))))


def of_worker(given: Given) -> Exit:
    """Whether ``gongkai worker`` works in this folder. Raises ``Failed`` when it does not."""
    seconds = age(given.home)
    if seconds is None:
        return _told(given, ["worker"])
    return _told(given, ["sign"] if seconds > OLD else [])


def _told(given: Given, wrong: Sequence[str]) -> Exit:
    if wrong:
        raise Failed(Exit.RUNNING, "unwell", [say(f"serve.unwell_{one}") for one in wrong], home=given.home)
    answer(given, {"exit": Exit.DONE}, say("serve.well"))
    return Exit.DONE
