"""``publish --dry-run``: where a file would go, whom it would reach, at what price, how near it is to each limit."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from channels.pretend import Pretend
from config.messages import say
from notices.placeholders import refuse_unfilled
from producers.command import labels, used
from producers.command.confirm import irreversible
from producers.command.doubts import Doubt, doubts, lines
from producers.command.drafts import drafted
from producers.command.exits import Exit, worst
from producers.command.failures import Failure, explain, not_fit, show
from producers.command.given import Given
from producers.command.published import titled
from producers.command.show import answer, columns, minute
from producers.house import House
from producers.in_turn import check_ahead
from producers.publish import endpoints_of, first_message, published
from producers.reach import OverCeiling, Reach, allowed, people, price, reach
from producers.rendering import NotFit, try_all
from streams.outlets import Endpoint


@dataclass(frozen=True)
class Trial:
    """What publishing a file would come to."""

    of: str
    title: str = ""
    already: bool = False
    release_at: datetime | None = None  # when it would be public; None: at once
    endpoints: tuple[Endpoint, ...] = ()
    reaches: tuple[Reach, ...] = ()  # of each endpoint
    final: tuple[Endpoint, ...] = ()  # nothing sent there can be taken back
    uses: tuple[used.Use, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    failure: Failure | None = None


def dry_run(given: Given, house: House, files: Sequence[Path], *, over_ceiling: bool) -> Exit:
    """Tell it of each file; nothing is written down and nothing leaves."""
    trials = [tried(house, file, over_ceiling=over_ceiling) for file in files]
    code = worst(*(one.failure.exit if one.failure else Exit.DONE for one in trials))
    answer(
        given, {"exit": code, "files": [_data(house, one) for one in trials]}, *(_shown(house, one) for one in trials)
    )
    if not given.json:
        for one in trials:
            if one.failure is not None:
                show(one.failure, one.of)
    return code


def tried(house: House, file: Path, *, over_ceiling: bool) -> Trial:
    """What publishing ``file`` would come to; never raises."""
    title = ""
    try:
        draft = drafted(house, file)
        title = draft.content.title
        if published(house, draft):
            return Trial(str(file), title, already=True)
        refuse_unfilled(draft.unfilled)
        endpoints = endpoints_of(house, draft)
        message = first_message(house, draft)
        house.store.read(lambda c: check_ahead(c, message, house.clock.now()))
        made, unfit = try_all(house, message, endpoints)
        reaches = reach(house, message, endpoints, made)
    except Exception as error:  # a bad file does not stop the others
        return Trial(str(file), title, failure=explain(error))
    return Trial(
        str(file),
        title,
        release_at=draft.content.release_at,
        endpoints=tuple(endpoints),
        reaches=reaches,
        final=tuple(irreversible(house, endpoints)),
        uses=tuple(used.uses((one.channel for one in endpoints), made, unfit)),
        doubts=doubts(house, draft),
        failure=not_fit(NotFit(unfit)) if unfit else _stopped(reaches, over_ceiling=over_ceiling),
    )


def _stopped(reaches: Sequence[Reach], *, over_ceiling: bool) -> Failure | None:
    """The ceiling that is in its way."""
    try:
        allowed(reaches, over_ceiling=over_ceiling)
    except OverCeiling as error:
        return explain(error)
    return None


def _data(house: House, trial: Trial) -> dict[str, Any]:
    return {
        "of": trial.of,
        "exit": trial.failure.exit if trial.failure else Exit.DONE,
        "title": trial.title,
        "already": trial.already,
        "release_at": trial.release_at,
        "endpoints": [
            {
                "endpoint": one.endpoint.id,
                "title": one.endpoint.title,
                "channel": one.endpoint.channel,
                "pretend": one.endpoint.pretend,
                "irreversible": one.endpoint in trial.final,
                "public": house.outlets.channel(one.endpoint).public,
                "finding": _finding(house, one.endpoint),
                "people": one.people or 0,
                "price": one.price,
                "over_daily": one.waits.daily,
                "over_daily_each": one.waits.daily_each,
            }
            for one in trial.reaches
        ],
        "people": people(trial.reaches) or 0,
        "price": price(trial.reaches),
        "limits": used.as_data(trial.uses),
        "warnings": [asdict(one) for one in trial.doubts],
        "error": trial.failure and trial.failure.as_data(),
    }


def _shown(house: House, trial: Trial) -> RenderableType:
    headline = Text.assemble((trial.title or trial.of, "bold"))
    if trial.release_at is not None:
        headline.append(f"　{say('schedule.would_be_at', at=minute(trial.release_at))}")
    if trial.already:
        return Group(headline, Text(f"  {say('command.already')}"))
    if not trial.endpoints:
        return headline
    tables = (
        Padding(table, (1, 0, 0, 2), expand=False) for table in (_endpoints(house, trial), used.as_table(trial.uses))
    )
    return Group(headline, *tables, Padding(_in_all(trial), (1, 0, 1, 2), expand=False), *lines(trial.doubts))


def _in_all(trial: Trial) -> Text:
    """The persons and the price of all endpoints; rehearsals are no part of it."""
    named, yuan = people(trial.reaches), f"{price(trial.reaches):,.2f}"
    if named is None:
        return Text(say("command.price", price=yuan), style="dim")
    return Text(say("command.price_people", people=f"{named:,}", price=yuan))


def _endpoints(house: House, trial: Trial) -> Table:
    table = columns(*(say(f"command.column_{name}") for name in ("channel", "endpoint", "reach", "note")))
    for one in trial.reaches:
        to = one.endpoint
        remarks = Text("　").join(_remarks(house, one, trial))
        table.add_row(labels.channel(to.channel), titled(to), _readers(house, one), remarks)
    return table


def _readers(house: House, one: Reach) -> str:
    if one.people is not None:
        return say("command.reach_people", people=f"{one.people:,}", price=f"{one.price:,.2f}")
    return say("command.reach_public" if house.outlets.channel(one.endpoint).public else "command.reach_closed")


def _finding(house: House, endpoint: Endpoint) -> str:
    """What would keep a rehearsed endpoint from really sending."""
    channel = house.outlets.channel(endpoint)
    return channel.finding() if isinstance(channel, Pretend) else ""


def _remarks(house: House, one: Reach, trial: Trial) -> Iterator[Text]:
    endpoint, daily, daily_each = one.endpoint, one.waits.daily, one.waits.daily_each
    if endpoint in trial.final:
        yield Text(say("command.irreversible"), style="red")
    if not endpoint.enabled:
        yield Text(say("command.held_disabled"), style="yellow")
    if cause := _finding(house, endpoint):
        yield Text(say("command.would_fail", cause=cause), style="yellow")
    if daily:
        yield Text(say("command.over_daily", people=f"{daily:,}"), style="yellow")
    if daily_each:
        yield Text(say("command.over_daily_each", people=f"{daily_each:,}"), style="yellow")
