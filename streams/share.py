"""A worker's share of the lanes, where several work: those whose partition it holds, and those it has the place for.

Who holds a partition only says who goes first; the lease decides. So a lane that its worker leaves alone (it died, and
the broker has not noticed, or is away itself) is anybody's after a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, or_, select, true

from streams.store.tables import endpoint, lane

LEFT_ALONE = timedelta(seconds=1.5)  # a lane due for so long is anybody's
ON_FILES = lane.c.endpoint.in_(select(endpoint.c.id).where(endpoint.c.on_files))


@dataclass(frozen=True)
class Share:
    """``routine`` and ``urgent`` are the partitions held, of ``partitions``; ``places``: outlets' files are here."""

    routine: frozenset[int] = frozenset()
    urgent: frozenset[int] = frozenset()
    partitions: int = 1
    places: bool = True

    def holds(self, urgent: bool, now: datetime) -> ColumnElement[bool]:
        """The condition that a row of ``lane`` is of this share."""
        held = self.urgent if urgent else self.routine
        if self._is_whole(held):
            return true()
        own = (lane.c.slot % self.partitions).in_(sorted(held)) if held else false()
        mine = or_(own, lane.c.due_at <= now - LEFT_ALONE)
        return or_(ON_FILES, mine) if self.places else ~ON_FILES & mine

    def holds_any(self, now: datetime) -> ColumnElement[bool]:
        """The same, whatever the lane's priority."""
        if self._is_whole(self.urgent) and self._is_whole(self.routine):
            return true()
        return or_(lane.c.urgent & self.holds(True, now), ~lane.c.urgent & self.holds(False, now))

    def _is_whole(self, held: frozenset[int]) -> bool:
        return self.places and len(held) == self.partitions


WHOLE = Share(frozenset({0}), frozenset({0}))
