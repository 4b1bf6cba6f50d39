"""How much of each limit of a channel a file takes: told by ``publish --dry-run`` and by ``render`` alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from channels.base import Rendition
from config.limits import Limit, limits
from config.messages import say
from producers.command import labels
from producers.command.show import columns
from producers.rendering import Unfit
from producers.say import Edition


@dataclass(frozen=True)
class Use:
    """How much of a limit a file takes; None where the channel can only tell when it is broken."""

    limit: Limit
    used: int | None
    broken: bool


def uses(channels: Iterable[str], made: Mapping[Edition, Rendition], unfit: Iterable[Unfit] = ()) -> Iterator[Use]:
    """Of each limit of ``channels``, each once: the most that an edition in ``made`` takes, or what ``unfit`` found."""
    most: dict[tuple[str, str], int] = {}
    for of, rendition in made.items():
        for name, count in rendition.used.items():
            most[of.channel, name] = max(count, most.get((of.channel, name), 0))
    over = {(reason.channel, one.limit.name): one.actual for reason in unfit for one in reason.broken}
    most |= {key: int(actual) for key, actual in over.items() if actual.isdecimal()}
    for channel in dict.fromkeys(channels):
        for limit in limits(channel).values():
            key = channel, limit.name
            yield Use(limit, most.get(key), key in over)


def as_data(found: Iterable[Use]) -> list[dict[str, Any]]:
    """For the JSON answer."""
    return [
        {
            "channel": use.limit.channel,
            "limit": use.limit.name,
            "label": labels.limit(use.limit),
            "unit": use.limit.unit,
            "value": use.limit.value,
            "used": use.used,
            "broken": use.broken,
        }
        for use in found
    ]


def as_table(found: Sequence[Use]) -> Table:
    """A row for each limit: what is used, the most, and a bar."""
    made = columns(*(say(f"command.column_{name}") for name in ("channel", "limit", "used", "most")), "")
    made.columns[2].justify = made.columns[3].justify = "right"
    before = ""
    for use in found:
        limit, channel = use.limit, labels.channel(use.limit.channel)
        style = "red" if use.broken else ""
        used = "–" if use.used is None else f"{use.used:,}"
        bar: RenderableType = ""
        if use.used is not None and limit.value:
            share = min(use.used, limit.value)
            bar = ProgressBar(total=limit.value, completed=share, width=12, complete_style=style or "green")
        most = f"{limit.value:,} {labels.unit(limit)}"
        made.add_row("" if channel == before else channel, labels.limit(limit), Text(used, style=style), most, bar)
        before = channel
    return made
