"""Which window for comments a matter has."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from config.clock import SHANGHAI
from notices.matter import Window
from streams.comments.tied import ASKS, standing
from streams.outlets import Outlets


def window_of(connection: Connection, office: str, number: str, outlets: Outlets) -> Window | None:
    """The window of the matter ``number``, by the newest notice that asks for comments; None when none stands."""
    for row, said in standing(connection, office, number, ASKS)[:1]:
        first, last = (date.fromisoformat(said.fields[name]) for name in ("open_from", "open_to"))
        opens_at = max(datetime.combine(first, time(), SHANGHAI), row.released_at)
        closes_at = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
        return Window(row.id, opens_at, closes_at, last)
    return None
