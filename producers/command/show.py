"""What a command answers: shown to a person, or as one JSON document."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from channels.base import Outcome
from config.clock import wall
from config.messages import say
from producers.command.given import Given

WIDE = 120  # columns where nobody tells: in a pipe

GOOD, BUSY, BAD = "green", "yellow", "red"
LOOKS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.PLANNED: ("○", BUSY),
    Outcome.SENDING: ("◐", BUSY),
    Outcome.ACCEPTED: ("✓", GOOD),
    Outcome.DELIVERED: ("✓", GOOD),
    Outcome.PRETENDED: ("✓", "cyan"),
    Outcome.SUPERSEDED: ("–", "dim"),
    Outcome.CANCELLED: ("–", "dim"),
    Outcome.EXPIRED: ("✗", BAD),
    Outcome.REFUSED: ("✗", BAD),
    Outcome.FAILED: ("✗", BAD),
    Outcome.UNKNOWN: ("?", BAD),
    Outcome.PARKED: ("!", BAD),
}


def console(file: IO[str] | None = None) -> Console:
    """Where people read; what authors wrote is never taken for markup."""
    told = file or sys.stdout
    width = None if told.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=told, width=width, highlight=False, markup=False, emoji=False)


def aside() -> Console:
    """The standard error: progress, warnings and failures, so that answers can be piped."""
    return console(sys.stderr)


def answer(given: Given, data: Mapping[str, Any], *shown: RenderableType) -> None:
    """Give the command's answer: ``data`` as JSON if that was asked for, else ``shown``."""
    if given.json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=_plain) + "\n")
        return
    out = console()
    for one in shown:
        out.print(one)


def outcome(of: Outcome) -> Text:
    """An outcome with its mark, in its colour."""
    mark, style = LOOKS[of]
    return Text(f"{mark} {say(f'outcome.{of}')}", style=style)


def minute(at: datetime | None) -> str:
    """An instant as people here write it, to the minute; empty for none."""
    return f"{wall(at):%Y-%m-%d %H:%M}" if at else ""


def second(at: datetime | None) -> str:
    """The time of day, to the second."""
    return f"{wall(at):%H:%M:%S}" if at else ""


def moment(at: datetime | None) -> str:
    """The day and the time, to the second; empty for none."""
    return f"{wall(at):%m-%d %H:%M:%S}" if at else ""


def columns(*headings: str) -> Table:
    """An open table under ``headings``."""
    table = Table(box=None, header_style="bold dim", padding=(0, 2, 0, 0), pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def pairs(*rows: tuple[str, RenderableType]) -> Table:
    """Names and what they are, a line each; rows without anything to tell are left out."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value != "":
            table.add_row(name, value)
    return table


def _plain(value: object) -> str | float:
    if isinstance(value, datetime):
        return wall(value).isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
