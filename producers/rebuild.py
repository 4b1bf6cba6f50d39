"""Write what an endpoint shows anew, from all that the ledger says arrived there."""

from collections.abc import Iterator

from sqlalchemy import select

from channels.base import Work
from producers.arrived import everything
from producers.house import House
from streams import audit
from streams.endpoints import office_of
from streams.outlets import Endpoint, endpoint_of
from streams.store.store import Tx
from streams.store.tables import endpoint
from streams.work import work_of


class NothingWritten(Exception):
    """The endpoint's channel writes no files of ours, or is rehearsed."""


def rebuild(house: House, name: str, *, by: str) -> int:
    """Write everything at the endpoint ``name`` anew; how many messages that were. What nobody wrote goes.

    Other senders to it wait meanwhile. Raises ``UnknownEndpoint`` or ``NothingWritten``; then nothing was changed.
    """
    found = house.store.write(lambda tx: _found(tx, name))
    count = house.outlets.channel(found).rebuild(_works(house, found))
    if count is None:
        raise NothingWritten(name)
    detail = {"messages": count}
    house.store.write(
        lambda tx: audit.record(tx, office=found.office, who=by, act="endpoint.rebuilt", subject=name, detail=detail)
    )
    return count


def _works(house: House, found: Endpoint) -> Iterator[Work]:
    for row in everything(house, found.id):
        yield house.store.read(lambda c, row=row: work_of(c, house.outlets, found, row))  # type: ignore[misc]  # a row


def _found(tx: Tx, name: str) -> Endpoint:
    office_of(tx, name)  # refuses a name that nobody has
    return endpoint_of(tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one())
