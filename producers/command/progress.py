"""A bar for what takes long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from producers.command.given import Given
from producers.command.show import aside, console


@dataclass(frozen=True)
class Bar:
    """Where to print above the bar, answers and failures; what moves it on by one, or more; a question in its place."""

    out: Console
    err: Console
    advance: Callable[..., None]
    asking: Callable[[], AbstractContextManager[None]]


@contextmanager
def progress(given: Given, what: str, total: int) -> Iterator[Bar]:
    """A bar while its block lasts; none for one thing, or where nobody watches."""
    out, err = console(), aside()
    if sys.stdout.isatty() and sys.stderr.isatty():
        err = out  # one screen: whatever is printed goes above the bar
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=err,
        transient=True,
        disable=given.json or total < 2 or not sys.stderr.isatty(),
    )
    with shown:
        task = shown.add_task(what, total=total)
        yield Bar(out, err, lambda count=1: shown.advance(task, count), lambda: _without(shown))


@contextmanager
def _without(shown: Progress) -> Iterator[None]:
    shown.stop()
    try:
        yield
    finally:
        shown.start()
