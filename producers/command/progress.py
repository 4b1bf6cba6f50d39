"""A bar for what takes long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from producers.command.given import Given
from producers.command.show import aside, console


@contextmanager
def progress(given: Given, what: str, total: int) -> Iterator[tuple[Console, Callable[[], None]]]:
    """A console that prints above the bar, and the act that moves it on. No bar for one thing, or in a pipe."""
    out = console()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=out if sys.stdout.isatty() else aside(),
        transient=True,
        disable=given.json or total < 2 or not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield out, lambda: bar.advance(task)
