"""What an author should look at once more: nothing of it stops a notice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from config.messages import say
from notices.notice import Content
from notices.strays import differing
from notices.validity import end_of


@dataclass(frozen=True)
class Doubt:
    """One figure in doubt, and the sentence that says why."""

    text: str
    figure: str
    near: str = ""
    label: str = ""
    expected: str = ""


def doubts(content: Content, now: datetime) -> tuple[Doubt, ...]:
    """Every doubt about ``content``, should it be published ``now``."""
    found = [Doubt(**_told(one.figure, one.near, one.label, one.expected)) for one in differing(content)]
    end = end_of(content.ends_on, content.expires_at)
    if end and end.at <= now:
        found.append(Doubt(say("command.ended", until=end.until, state=end.state), end.until))
    return tuple(found)


def _told(figure: str, near: str, label: str, expected: str) -> dict[str, str]:
    said = {"figure": figure, "near": near, "label": label, "expected": expected}
    return {"text": say("command.suspect", **said), **said}


def lines(found: Sequence[Doubt]) -> Iterator[Text]:
    """A line for each."""
    for one in found:
        yield Text.assemble(("  ! ", "yellow"), one.text)
