"""A notice's way to its outlets, for people: message by message, endpoint by endpoint, attempt by attempt."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from channels.base import Outcome
from config.messages import catalogue, language, say
from config.said_again import said_again
from producers.command import labels
from producers.command.show import moment, outcome
from producers.pushed import Alerted
from producers.serve.words import act as told
from producers.serve.words import step, took
from producers.timeline import Act, Attempt, Way
from producers.totals import Totals

HASH = 12  # digits of a SHA-256 that people compare

Cells = tuple[str, Text, str, Text]  # what, how it ended, how long it took, why


def acts(done: Iterable[Act]) -> Table:
    """What people did, a line each."""
    table = _lines(2)
    for one in done:
        table.add_row(moment(one.at), told(one, lang=language()), _by(one))
    return table


def shown(
    ways: Iterable[Way],
    taken_in: Mapping[int, datetime],
    touched: Mapping[str, Sequence[Act]],
    totals: Mapping[str, Totals],
    alerted: Callable[[Way], Alerted | None],
) -> Iterator[RenderableType]:
    """Every message with its ways, the newest first; ``touched`` is what happened to the endpoints meanwhile, and
    ``totals`` what became of deliveries at persons."""
    newest = True
    for sequence, of in groupby(ways, key=lambda way: way.standing.sequence):
        at = say("command.taken_in", at=moment(taken_in[sequence]))
        yield Text.assemble((f"\n{say('command.message_n', number=sequence)}", "bold"), (f"　{at}", "dim"))
        for way in of:
            meanwhile = touched.get(way.standing.endpoint, ()) if newest else ()
            yield Padding(_headline(way), (0, 0, 0, 2), expand=False)
            yield Padding(_tries(way, meanwhile), (0, 0, 0, 4), expand=False)
            if pushed := alerted(way):
                yield Padding(_alerted(pushed), (0, 0, 0, 4), expand=False)
            if way.standing.reference:
                receipt = say("command.reference", reference=way.standing.reference)
                yield Padding(Text(receipt, style="dim"), (0, 0, 0, 4), expand=False)
            if counted := totals.get(way.standing.delivery):
                yield Padding(_persons(counted), (0, 0, 0, 4), expand=False)
        newest = False


def _headline(way: Way) -> Text:
    stands = way.standing
    name = Text.assemble((labels.channel(stands.channel), "bold"), f"　{stands.title}")
    facts = [outcome(stands.outcome), Text(moment(stands.settled_at))]
    if stands.rendition:
        facts.append(Text(say("command.rendition", sha256=stands.rendition[:HASH]), style="dim"))
    return Text("　").join([name, *filter(None, facts)])


def _alerted(pushed: Alerted) -> Text:
    text = say(f"command.pushed_{pushed.state}", at=moment(pushed.at), who=pushed.by)
    return Text(text, style="dim" if pushed.state == "none" else "")


def _persons(of: Totals) -> Text:
    """How many persons, by what became of the message at them."""
    counts = {name: count for name, count in vars(of).items() if count}
    told = (Text(say(f"command.people_{name}", count=f"{count:,}")) for name, count in counts.items())
    return Text("　").join([Text(say("command.people", count=f"{sum(counts.values()):,}"), style="bold"), *told])


def _tries(way: Way, touched: Iterable[Act]) -> Table:
    """Planned, each attempt, and what was done to the endpoint, in the order of time."""
    planned: Cells = ("", outcome(Outcome.PLANNED), "", Text())
    lines: list[tuple[datetime, Cells]] = [(way.standing.planned_at, planned)]
    lines += [(one.started_at, _attempt(one)) for one in way.attempts]
    lines += [(one.at, ("", Text(_touched(one), style="yellow"), "", _by(one))) for one in touched]
    table = _lines(4)
    for at, cells in sorted(lines, key=lambda line: line[0]):
        table.add_row(moment(at), *cells)
    return table


def _attempt(one: Attempt) -> Cells:
    name = f"{say('command.attempt', number=one.number)} {step(one.step, lang=language())}"
    span = took(one.ended_at - one.started_at) if one.ended_at else ""
    return name, _outcome(one.outcome), span, Text(said_again(one.cause or one.note))


def _outcome(of: str) -> Text:
    """An attempt ends as a delivery does, or leads on, or is to be repeated, or was too early."""
    if of == "":
        return Text(say("command.attempt_open"), style="dim")
    if of in ("done", "again", "waits"):
        return Text(say(f"outcome.{of}"), style="yellow" if of == "again" else "dim")
    return outcome(Outcome(of))


def _touched(one: Act) -> str:
    name = one.act.removeprefix("endpoint.")
    if f"endpoint_{name}" not in catalogue("command"):
        return one.act
    return say(f"command.endpoint_{name}", reason=one.detail.get("reason", ""), why=one.detail.get("why", ""))


def _by(one: Act) -> Text:
    return Text(say("command.by", who=one.who), style="dim")


def _lines(columns: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    for _ in range(columns - 1):
        table.add_column(no_wrap=columns > 2)
    table.add_column(overflow="fold")
    return table
