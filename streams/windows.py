"""When the public may comment on a matter."""

from sqlalchemy import Connection

from notices.matter import Window
from streams.matters import matter_of


def window_of(connection: Connection, office: str, number: str) -> Window | None:
    """The window of the matter's newest consultation; None where none stands."""
    found = matter_of(connection, office, number)
    return found.window if found else None
