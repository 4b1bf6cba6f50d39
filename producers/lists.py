"""Which audiences the public is texted by: staff are never reminded by one of them."""

import json

from sqlalchemy import Connection, select

from channels.base import load, names
from streams.outlets import Endpoint, endpoint_of
from streams.store.tables import endpoint


def audience_of(one: Endpoint) -> str | None:
    """The name of its audience; None where it has none."""
    name = json.loads(one.options).get("audience")
    return None if name is None else str(name)


def lists_of_public(connection: Connection, office: str) -> dict[str, str]:
    """The audiences that the office's public endpoints name, each with one of these; also those that are disabled."""
    rows = connection.execute(select(endpoint).where(endpoint.c.office == office).order_by(endpoint.c.id))
    found: dict[str, str] = {}
    for one in map(endpoint_of, rows):
        name = audience_of(one)
        if name is not None and one.channel in names() and load(one.channel).public:
            found.setdefault(name, one.id)
    return found
