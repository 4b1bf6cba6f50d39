"""After something was said: watch it arrive, or tell that it waits."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import click
from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from config.messages import say
from producers.command.deliveries import as_data, exit_of, view
from producers.command.exits import Exit
from producers.command.given import Given
from producers.command.show import console
from producers.house import House
from producers.watch import Seen, watch
from producers.work import is_worked


@dataclass(frozen=True)
class Followed:
    """How far it came: the exit code, the data, and what is left to show."""

    exit: Exit
    data: Mapping[str, Any]
    shown: tuple[RenderableType, ...] = ()


def follow(
    given: Given, house: House, of: Callable[[], Mapping[str, int]], *, wait: bool, timeout: float | None
) -> Followed:
    """``of`` gives the messages with the number of their deliveries. What they are of is done: where that cannot be
    read, it says so in place of raising."""
    try:
        if not (said := of()):
            return Followed(Exit.DONE, {"waiting": 0, "deliveries": []})
        return _watched(given, house, said, timeout) if wait else _left(house, sum(said.values()))
    except click.exceptions.Abort:
        raise
    except Exception as error:
        cause = str(error) or type(error).__name__  # its words for people would say that nothing was changed
        text = Text(say("command.not_followed", cause=cause), style="yellow")
        return Followed(Exit.WAITING, {"unread": cause}, (text,))


def _watched(given: Given, house: House, said: Mapping[str, int], timeout: float | None) -> Followed:
    out = console()
    live = Live(console=out, refresh_per_second=8) if out.is_terminal and not given.json else None
    with live or nullcontext():

        def show(seen: Seen) -> None:
            if live is not None:
                live.update(view(seen, house.clock.now()))

        seen = watch(house, list(said), timeout=timeout, show=show)
    data = {"waiting": seen.waiting, "deliveries": [as_data(one) for one in seen.standings]}
    shown = () if live is not None else (view(seen, house.clock.now()),)
    return Followed(
        exit_of(seen), {**data, "stopped": seen.stopped, "dead_letters": seen.dead}, (*shown, *_late(house, seen))
    )


def _late(house: House, seen: Seen) -> list[Text]:
    if not seen.late:
        return []
    name = "command.still_waiting" if is_worked(house.configuration, house.store) else "command.still_waiting_here"
    return [Text(say(name, count=seen.waiting), style="yellow")]


def _left(house: House, count: int) -> Followed:
    """Nobody waits for it: another process sends it, or it stays until one does."""
    worked = is_worked(house.configuration, house.store)
    text = say("command.being_sent" if worked else "command.waits", count=count)
    return Followed(Exit.DONE, {"waiting": count, "worked": worked}, (Text(text, style="" if worked else "yellow"),))
