"""``gongkai due list --quarter``: what each section did in a quarter."""

from dataclasses import asdict
from functools import partial
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from config.messages import say
from notices.calendar.year import FIRST, LAST
from notices.quarter import Quarter, quarter_in, quarter_of
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.show import minute, pairs
from producers.house import House
from streams.quarters import by_section, name_of, words


class _Written(click.ParamType):
    """2026Q3."""

    name = "quarter"
    allowed = f"年份加 Q1 到 Q4，例如 2026Q3（{FIRST} 年到 {LAST - 1} 年）"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Quarter:
        """The quarter. Raises ``click.BadParameter``."""
        if isinstance(value, Quarter):
            return value
        try:
            return quarter_in(value)
        except ValueError:
            self.fail(f"{value!r} is no quarter such as 2026Q3, {FIRST}–{LAST - 1}", param, ctx)


QUARTER = _Written()


def quarter_answer(house: House, office: str, quarter: Quarter) -> tuple[dict[str, object], list[RenderableType]]:
    """The answer as data, and as it is shown. Raises ``Failed`` for one that has not begun."""
    now = house.clock.now()
    if now < quarter.begins_at:
        raise Failed(Exit.WRONG, "quarter_to_come", quarter=quarter, now=quarter_of(now))
    sections = house.configuration.offices[office].sections
    found = house.store.read(partial(by_section, office=office, quarter=quarter, sections=sections, now=now))
    until = min(now, quarter.ends_at)
    data: dict[str, object] = {
        "exit": Exit.DONE,
        "office": office,
        "quarter": str(quarter),
        "until": until,
        "sections": [{"section": one.section, "name": one.name, **asdict(one.figures)} for one in found],
    }
    if not found:
        return data, [Text(say("due.quarter_nothing", quarter=name_of(quarter)))]
    table = pairs(*((one.name_in(), words(one.figures)) for one in found))
    return data, [Text(say("due.quarter_until", quarter=name_of(quarter), at=minute(until)), style="bold"), table]
