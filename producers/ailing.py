"""Outlets where a person must mend something although everything goes out. Reads, never writes."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select

from producers.house import House
from streams.outlets import endpoint_of
from streams.store.tables import endpoint


@dataclass(frozen=True)
class Ails:
    """What is to be mended at one endpoint, and since when that is known."""

    endpoint: str
    title: str
    since: datetime
    why: str


def ailing(house: House, among: Collection[str] | None = None) -> list[Ails]:
    """All of it, or what is ``among`` these endpoints. Of a disabled one its reason says enough."""
    wanted = select(endpoint).where(endpoint.c.state == "enabled").order_by(endpoint.c.id)
    found = []
    for row in house.store.read(lambda c: c.execute(wanted).all()):
        if among is not None and row.id not in among:
            continue
        with suppress(ValidationError, LookupError):  # `gongkai check` tells of options that no channel takes
            for one in house.outlets.channel(endpoint_of(row)).ails():
                found.append(Ails(row.id, row.title, one.since, one.why))
    return found
