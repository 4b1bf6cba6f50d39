"""What channels, limits and their units are called."""

from channels.base import load
from config.limits import Limit
from config.messages import language, say


def channel(name: str) -> str:
    """A channel's name for people; one that the program does not know any more by its own name."""
    try:
        chinese, english = load(name).title
    except LookupError:
        return name
    return english if language() == "en" else chinese


def limit(of: Limit) -> str:
    """What a limit counts."""
    return of.label_en if language() == "en" else of.label


def unit(of: Limit) -> str:
    """In which unit it counts."""
    return say(f"command.unit_{of.unit.replace(' ', '_')}")
