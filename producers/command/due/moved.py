"""Duties that the calendar moved."""

from collections.abc import Iterable

from rich.text import Text

from config.messages import say
from streams.duties import Moved


def moved_data(moved: Iterable[Moved]) -> list[dict[str, object]]:
    """For the JSON answer."""
    return [{"duty": one.owed.id, "was": one.was, "last": one.owed.last} for one in moved]


def moved_told(moved: Iterable[Moved]) -> list[Text]:
    """A line each."""
    return [
        Text(say("due.moved", about=one.owed.about, was=one.was or "–", last=one.owed.last or "–"), style="yellow")
        for one in moved
    ]
