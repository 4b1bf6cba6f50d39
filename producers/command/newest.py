"""The newest notices, a column for each channel."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from channels.base import names
from config.messages import say
from notices.notice import State
from producers.ailing import ailing
from producers.command import labels
from producers.command.clock.holds import holds
from producers.command.deliveries import as_data
from producers.command.exits import Exit
from producers.command.given import Given
from producers.command.mended import mended
from producers.command.show import answer, columns, console, minute, outcome
from producers.command.which import only_office
from producers.held import held
from producers.house import House
from producers.status import Line, newest_lines

ROOM = 100  # columns from which outcomes are written out; below, their marks stand alone


def newest(given: Given, house: House, office: str | None, most: int) -> Exit:
    """Show up to ``most`` of them, of one office or of all."""
    wanted = only_office(tuple(house.configuration.offices), office) if office else None
    lines = house.store.read(lambda c: newest_lines(c, wanted, most))
    ails = ailing(house)
    clock = held(house)
    data = {"exit": Exit.DONE, "notices": [_data(line) for line in lines], "ailing": [vars(one) for one in ails]}
    data["clock_doubted_at"] = clock.doubted_at
    data["clocks_doubted_at"] = list(clock.doubts)
    told = _shown(lines) if lines else Text(say("command.no_notices"))
    answer(given, data, told, *mended(ails), *holds(clock))
    return Exit.DONE


def _data(line: Line) -> dict[str, Any]:
    return {
        "notice": line.notice,
        "office": line.office,
        "kind": line.kind,
        "index_number": line.index_number,
        "title": line.title,
        "state": line.state,
        "version": line.version,
        "released_at": line.released_at,
        "release_at": line.release_at,
        "channels": dict(line.channels),
        "deliveries": [as_data(one) for one in line.standings],
    }


def _shown(lines: Sequence[Line]) -> Group:
    used = [name for name in names() if any(name in line.channels for line in lines)]
    wide = console().width >= ROOM
    table = columns(say("command.column_released"), say("command.column_notice"), *map(labels.channel, used))
    for column in (table.columns[0], *table.columns[2:]):
        column.no_wrap = True
    for line in lines:
        marks = (outcome(line.channels[name]) if name in line.channels else Text() for name in used)
        table.add_row(
            minute(line.released_at or line.release_at)[5:],
            _named(line),
            *(mark if wide else mark[:1] for mark in marks),
        )
    return Group(table) if wide else Group(table, Text(say("command.marks"), style="dim"))


def _named(line: Line) -> Text:
    title = Text(line.title)
    if line.version > 1:
        title.append(f"　{say('command.version_n', number=line.version)}", "yellow")
    if line.state is State.APPROVED:
        title.append(f"　{say('schedule.planned')}", "yellow")
    if line.state is State.WITHDRAWN:
        title.append(f"　{say('outcome.notice_withdrawn')}", "red")
    return title + Text(f"\n{line.notice}　{line.index_number}", style="dim")
