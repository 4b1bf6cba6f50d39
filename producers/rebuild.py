"""Write what an endpoint shows anew, from all that the ledger says arrived there."""

from collections.abc import Iterator

from sqlalchemy import select

from channels.base import Outcome, Work
from producers.arrived import ARRIVED, everything, names
from producers.house import House
from streams import audit
from streams.endpoints import office_of
from streams.outlets import Endpoint, endpoint_of
from streams.store.store import Tx
from streams.store.tables import endpoint
from streams.work import work_of


class NothingWritten(Exception):
    """The endpoint's channel writes no files of ours, or is rehearsed."""


class Arrived:
    """All that arrived at an endpoint, in order. Walked again, what arrived since and what is under way: not much."""

    def __init__(self, house: House, found: Endpoint) -> None:
        self._house = house
        self._found = found
        self._given: set[str] = set()
        self._states: tuple[Outcome, ...] = ARRIVED

    def __iter__(self) -> Iterator[Work]:
        since = [name for name in names(self._house, self._found.id, self._states) if name not in self._given]
        self._states = (*ARRIVED, Outcome.SENDING)
        for row in everything(self._house, self._found.id, since):
            self._given.add(row.delivery)
            yield self._house.store.read(lambda c, row=row: work_of(c, self._house.outlets, self._found, row))  # type: ignore[misc]  # a row


def rebuild(house: House, name: str, *, by: str) -> int:
    """Write everything at the endpoint ``name`` anew; how many messages that were. What nobody wrote goes.

    Raises ``UnknownEndpoint`` or ``NothingWritten``; then nothing was changed.
    """
    found = house.store.write(lambda tx: _found(tx, name))
    count = house.outlets.channel(found).rebuild(Arrived(house, found))
    if count is None:
        raise NothingWritten(name)
    detail = {"messages": count}
    house.store.write(
        lambda tx: audit.record(tx, office=found.office, who=by, act="endpoint.rebuilt", subject=name, detail=detail)
    )
    return count


def _found(tx: Tx, name: str) -> Endpoint:
    office_of(tx, name)  # refuses a name that nobody has
    return endpoint_of(tx.connection.execute(select(endpoint).where(endpoint.c.id == name)).one())
