"""Verify what is owed: each duty counted again from its rule, its start, its pauses and its edition of the calendar.
Reads, never writes."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Row, select

from config.clock import wall
from config.messages import say
from notices.calendar.calendar import Calendar
from producers.verify_books import Flaw
from streams.calendars import calendar_of
from streams.duties import counted_by, owed_in
from streams.store.tables import duty


def verify_duties(connection: Connection) -> Iterator[list[Flaw]]:
    """Every duty, open or not, with what does not come of counting it again."""
    calendars = cache(partial(calendar_of, connection))
    for row in connection.execute(select(duty).order_by(duty.c.id)).all():
        yield list(_of_duty(row, calendars))


def _of_duty(row: "Row[Any]", calendars: Callable[[str, int], Calendar]) -> Iterator[Flaw]:
    try:
        kept = owed_in(row)
        counted = counted_by(calendars(row.office, row.edition), kept.rule, kept.start, kept.pauses)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
    ):  # whoever altered it may have left anything
        yield Flaw(row.id, say("verify.duty_unreadable"))
        return
    for name, expected in counted.items():
        if (found := getattr(row, name)) != expected:
            column = say(f"verify.column_{name}")
            yield Flaw(
                row.id, say("verify.counted_otherwise", column=column, found=_told(found), expected=_told(expected))
            )


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{wall(value):%Y-%m-%d %H:%M:%S}"
    return "–" if value is None else str(value)
