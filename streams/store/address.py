"""The address of a PostgreSQL store: what one may be, and how it is shown without its password."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SCHEMES = ("postgresql", "postgresql+psycopg")


class BadAddress(Exception):
    """It names no PostgreSQL store. Says nothing of what was given: that may hold a password."""


def postgres_address(given: str) -> str:
    """The address, as ``open_store`` takes it. Raises ``BadAddress``.

    An ``@`` in a password that is not written ``%40`` makes the rest of it a host's name, which errors would show.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise BadAddress from None
    if url.drivername not in SCHEMES or not url.database or "@" in (url.host or ""):
        raise BadAddress
    return url.set(drivername=SCHEMES[0]).render_as_string(hide_password=False)


def shown(address: str) -> str:
    """The address for people, logs and records: whoever may know where it is need not know how to get in."""
    url = make_url(address).set(drivername=SCHEMES[0])
    query = {key: value for key, value in url.query.items() if "password" not in key}
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string()
