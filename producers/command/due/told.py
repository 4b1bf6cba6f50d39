"""One duty, as a person reads it and as a program does."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from config.messages import language, say
from notices.calendar.calendar import Calendar
from producers.command.show import columns, minute
from producers.nearness import Near, nearness, until
from streams.duties import Owed

STYLES = {"late": "bold red", "soon": "yellow", "calm": "", "over": "dim"}


def as_data(one: Owed) -> dict[str, object]:
    """For the JSON answer."""
    return {
        "duty": one.id,
        "office": one.office,
        "section": one.section,
        "about": one.about,
        "begun": one.begun,
        "notice": one.notice,
        "index_number": one.index_number,
        "rule": one.rule.id,
        "source": one.rule.source,
        "start": one.start,
        "last": one.last,
        "ends_at": one.ends_at,
        "provisional": one.provisional,
        "standing": one.stands,
        "done_at": one.done_at,
        "how": one.how,
        "ended_by": one.ended_by,
        "late": one.is_late,
    }


def name_of(one: Owed) -> str:
    """What is owed: 主动公开."""
    return one.rule.name_en if language() == "en" else one.rule.name


def about_of(one: Owed) -> Text:
    """What it is about, and the index number of the notice that it came from."""
    return Text.assemble(one.about, (f"\n{one.index_number}", "dim")) if one.index_number else Text(one.about)


def urgency(one: Owed, near: Near) -> Text:
    """How near it is, in its colour."""
    told = say(f"due.{near.name}", count=near.count, at=minute(one.done_at), how=one.how, by=one.ended_by_notice)
    return Text(told, style=STYLES[near.level])


def duties_told(found: Sequence[Owed], now: datetime, calendar: Calendar) -> list[RenderableType]:
    """Those of one notice, a line each, under a heading; nothing when there are none."""
    if not found:
        return []
    table = columns(*(say(f"due.column_{name}") for name in ("name", "until", "left", "duty")))
    for one in found:
        table.add_row(name_of(one), until(one), urgency(one, nearness(one, now, calendar)), one.id)
    return [Text(say("due.page"), style="bold"), Padding(table, (0, 0, 0, 2), expand=False)]
