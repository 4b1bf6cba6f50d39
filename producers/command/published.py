"""What publishing, correcting or withdrawing one notice came to: shown, and as data."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from config.messages import say
from producers.command.doubts import Doubt
from producers.command.exits import Exit
from producers.command.failures import Failure
from producers.command.show import minute, pairs
from producers.publish import Published
from streams.outlets import Endpoint


@dataclass(frozen=True)
class Result:
    """One file, or one notice."""

    of: str  # the file, or what the notice was called
    title: str = ""
    done: Published | None = None
    endpoints: tuple[Endpoint, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    failure: Failure | None = None

    @property
    def exit(self) -> Exit:
        """What it came to."""
        return self.failure.exit if self.failure else Exit.DONE


def as_data(result: Result) -> dict[str, Any]:
    """For the JSON answer."""
    done = result.done
    return {
        "of": result.of,
        "exit": result.exit,
        "title": result.title,
        "notice": done and done.notice,
        "version": done and done.version,
        "index_number": done and done.index_number,
        "address": done and done.address,
        "already": bool(done and done.already),
        "withdrawn": bool(done and done.withdrawn),
        "release_at": done and done.release_at,
        "people": done and done.people,
        "endpoints": [one.id for one in result.endpoints],
        "warnings": [asdict(one) for one in result.doubts],
        "error": result.failure and result.failure.as_data(),
    }


def shown(done: Published, result: Result) -> RenderableType:
    """The lines about one that came through."""
    mark = Text("– " if done.already else "✓ ", style="dim" if done.already else "green")
    to = "、".join(titled(one) for one in result.endpoints)
    lines = pairs(
        (say("command.label_index_number"), done.index_number),
        (say("command.label_address"), Text(done.address, style="cyan")),
        (say("command.label_to"), to),
        (say("command.label_reached" if done.withdrawn else "command.label_people"), _people(done)),
        (say("command.label_remark"), _remark(done)),
    )
    headline = mark + Text(f"{_headline(done)}  ") + Text(result.title, style="bold")
    return Group(headline, Padding(lines, (0, 0, 0, 2), expand=False))


def _headline(done: Published) -> str:
    if done.withdrawn:
        return say("outcome.notice_withdrawn")
    if done.release_at is not None:
        return say("schedule.timed", at=minute(done.release_at))
    if done.already or done.version == 1:
        return say("outcome.notice_released")
    return say("command.corrected", version=done.version)


def _people(done: Published) -> str:
    return "" if done.people is None else say("command.people", count=f"{done.people:,}")


def _remark(done: Published) -> str:
    if done.release_at is not None:
        return say("schedule.already" if done.already else "schedule.needs_up")
    if not done.already:
        return ""
    return say("command.already_withdrawn" if done.withdrawn else "command.already")


def titled(endpoint: Endpoint) -> str:
    """An endpoint's name, and whether it is disabled or rehearsed."""
    if not endpoint.enabled:
        return say("command.laid_up", title=endpoint.title)
    return say("command.rehearsed", title=endpoint.title) if endpoint.pretend else endpoint.title
