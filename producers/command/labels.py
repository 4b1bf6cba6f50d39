"""What channels, limits and their units are called."""

from config.channels import channel_title
from config.kinds import Field
from config.limits import Limit
from config.messages import language, say


def channel(name: str) -> str:
    """A channel's name for people."""
    return channel_title(name, english=language() == "en")


def limit(of: Limit) -> str:
    """What a limit counts."""
    return of.label_en if language() == "en" else of.label


def field(of: Field) -> str:
    """What a field of a notice says."""
    return of.label_en if language() == "en" else of.label


def unit(of: Limit) -> str:
    """In which unit it counts."""
    return say(f"command.unit_{of.unit.replace(' ', '_')}")
