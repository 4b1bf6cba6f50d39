"""Days and moments as the commands take them: only of years for which there can be a calendar."""

from datetime import datetime
from typing import Any

import click

from notices.calendar.year import FIRST, LAST


class _Known(click.DateTime):
    """A date that is refused where nobody could say whether it was worked."""

    allowed = f"2026-11-24，{FIRST}–{LAST - 1}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The date. Raises ``click.BadParameter``."""
        found: datetime = super().convert(value, param, ctx)
        if not FIRST <= found.year < LAST:
            self.fail(f"{value!r} is not within {FIRST}–{LAST - 1}", param, ctx)
        return found


DAY = _Known(["%Y-%m-%d"])
MOMENT = _Known(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
