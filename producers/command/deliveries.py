"""Deliveries as a table that people watch, and as data."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from channels.base import Outcome
from config.messages import say
from config.said_again import said_again
from producers.command import labels
from producers.command.exits import Exit
from producers.command.show import columns, outcome, second
from producers.standings import Standing
from producers.watch import Seen

BAD = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PARKED, Outcome.EXPIRED, Outcome.CANCELLED})


def exit_of(seen: Seen) -> Exit:
    """What a watch came to."""
    if seen.stuck:
        return Exit.STOPPED
    if any(one.outcome in BAD and not one.laid_up for one in seen.standings):
        return Exit.FAILED
    return Exit.DONE if seen.ended else Exit.WAITING


def as_data(one: Standing) -> dict[str, Any]:
    """For the JSON answer."""
    return {
        "endpoint": one.endpoint,
        "title": one.title,
        "channel": one.channel,
        "pretend": one.pretend,
        "message": one.message,
        "sequence": one.sequence,
        "outcome": one.outcome,
        "cause": one.cause,
        "attempts": one.attempts,
        "reference": one.reference,
        "planned_at": one.planned_at,
        "next_try_at": None if one.ended else one.due_at,
        "settled_at": one.settled_at,
    }


def view(seen: Seen, now: datetime) -> RenderableType:
    """What a person watches: an endpoint a line, whatever the number of notices, and what holds it up."""
    several = len({one.subject for one in seen.standings} | seen.unplanned) > 1
    table = totals(seen.standings, now) if several else each(seen.standings, now)
    notes = [Text(say("command.planning"), style="dim")] if seen.unplanned and not seen.stuck else []
    if seen.stopped:
        notes.append(Text(say("command.line_stopped", stages="、".join(seen.stopped)), style="red"))
    if seen.dead:
        notes.append(Text(say("command.dead", letters="、".join(map(str, seen.dead))), style="red"))
    return Group(table, *notes)


def each(standings: Iterable[Standing], now: datetime) -> Table:
    """One line a delivery."""
    table = columns(*(say(f"command.column_{name}") for name in ("channel", "endpoint", "outcome", "tries", "note")))
    table.columns[3].justify = "right"
    for column in table.columns[:4]:
        column.no_wrap = True
    for one in standings:
        table.add_row(labels.channel(one.channel), one.title, outcome(one.outcome), str(one.attempts), note(one, now))
    return table


def totals(standings: Sequence[Standing], now: datetime) -> Table:
    """One line an endpoint: how far its deliveries are, and how they ended."""
    table = columns(*(say(f"command.column_{name}") for name in ("endpoint", "progress", "count", "outcome", "note")))
    for name in dict.fromkeys(one.endpoint for one in standings):
        here = [one for one in standings if one.endpoint == name]
        ended = sum(one.ended for one in here)
        counts = Counter(one.outcome for one in here)
        outcomes = Text("  ").join(outcome(which) + Text(f" {count}") for which, count in counts.most_common())
        bar = ProgressBar(total=len(here), completed=ended, width=16)
        table.add_row(here[0].title, bar, f"{ended}/{len(here)}", outcomes, _trouble(here, now))
    return table


def _trouble(here: Sequence[Standing], now: datetime) -> Text:
    """Why the first of them that waits, waits; else why the first that did not arrive did not."""
    found = next((one for one in here if not one.ended), None) or next(
        (one for one in here if one.outcome in BAD), None
    )
    return note(found, now) if found else Text()


def note(one: Standing, now: datetime) -> Text:
    """Why, and what next."""
    if held := one.held_up(now):
        return Text(say(f"command.held_{held}"), style="yellow")
    if not one.ended and one.due_at is not None and one.due_at > now:
        return Text(say("command.next_try", at=second(one.due_at), cause=said_again(one.cause)))
    return Text(said_again(one.cause) or one.reference)
