"""What an author should look at once more: nothing of it stops a notice."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.text import Text

from config.messages import say
from notices.document import Draft
from notices.suspects import differing
from notices.validity import end_of


@dataclass(frozen=True)
class Doubt:
    """One figure in doubt, and the sentence that says why."""

    text: str
    figure: str
    near: str = ""
    field: str = ""
    line: int = 0
    label: str = ""
    expected: str = ""


def doubts(draft: Draft, now: datetime) -> tuple[Doubt, ...]:
    """Every doubt about ``draft``, should it be published ``now``."""
    found = [
        Doubt(text=say("command.suspect", **asdict(one)), **asdict(one))
        for one in differing(draft.content, draft.lines)
    ]
    content = draft.content
    end = end_of(content.ends_on, content.expires_at)
    if end and end.at <= now:
        found.append(Doubt(say("command.ended", until=end.until, state=end.state), end.until))
    return tuple(found)


def lines(found: Sequence[Doubt]) -> Iterator[Text]:
    """A line for each."""
    for one in found:
        yield Text.assemble(("  ! ", "yellow"), one.text)
