"""``gongkai endpoints list``: every outlet, and how it stands."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from config.messages import say
from producers.command import labels
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.show import answer, columns, minute
from producers.command.which import only_office
from producers.command.words import both
from producers.endpoint_states import EndpointState, endpoint_states


@named("endpoints list")
@click.option("--office", metavar="ID", help=both("command.option_of_office"))
def command(given: Given, office: str | None) -> Exit:
    """Show them."""
    with opened(given) as house:
        wanted = only_office(tuple(house.configuration.offices), office) if office else None
        found = house.store.read(lambda c: endpoint_states(c, wanted, house.clock.now()))
    answer(given, {"exit": Exit.DONE, "endpoints": [_data(one) for one in found]}, _table(found))
    return Exit.DONE


def _data(one: EndpointState) -> dict[str, Any]:
    return asdict(one) | {"state": _state(one)}


def _state(one: EndpointState) -> str:
    """In one word; what keeps it longest comes first."""
    if one.disabled is not None:
        return "disabled"
    if one.pause:
        return "paused"
    return "failing" if one.failing_since else "enabled"


def _table(found: Sequence[EndpointState]) -> Table:
    names = ("id", "channel", "endpoint", "state", "waiting", "newest", "note")
    table = columns(*(say(f"command.column_{name}") for name in names))
    table.columns[4].justify = "right"
    for column in (table.columns[0], table.columns[1], *table.columns[3:6]):
        column.no_wrap = True
    for one in found:
        state = _state(one)
        table.add_row(
            one.id,
            labels.channel(one.channel),
            one.title,
            Text(say(f"command.state_{state}"), style={"enabled": "green", "failing": "red"}.get(state, "yellow")),
            str(one.waiting + one.parked) if one.waiting + one.parked else "",
            minute(one.newest_at)[5:],
            _note(one),
        )
    return table


def _note(one: EndpointState) -> Text:
    notes = [one.disabled or ""]
    if one.pause:
        until = minute(one.pause.until) or say("command.until_resumed")
        notes.append(say("command.paused_by", who=one.pause.by, why=one.pause.why, until=until))
    if one.failing_since:
        notes.append(say("command.failing_since", at=minute(one.failing_since)))
    if one.parked:
        notes.append(say("command.parked", count=one.parked))
    if one.pretend:
        notes.append(say("outcome.pretended"))
    return Text("　".join(filter(None, notes)))
