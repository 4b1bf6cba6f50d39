"""When the clock was put back: what waited two seconds must not wait an hour and two seconds.

The store remembers the latest instant that anybody swept at. A clock that now tells an earlier one was put back,
while we ran or while we did not; then everything that waits for a time of our own making is drawn back by as much.
What people or outlets said by the wall clock (a pause, an expiry) stands.
"""

from datetime import timedelta

from sqlalchemy import BigInteger, Column, select, type_coerce, update

from streams.store.store import Tx
from streams.store.tables import instant, lane, micros, offset, part, shared

SEEN = "clock"  # the row of ``offset`` that holds it, in microseconds since 1970 UTC
TOLERANCE = timedelta(seconds=60)  # clocks of several workers may differ by less
WAITING = (
    lane.c.due_at,
    lane.c.held_until,
    lane.c.not_before,
    lane.c.failing_since,
    lane.c.opened_at,
    part.c.due_at,
    shared.c.held_until,
)


def draw_back(tx: Tx) -> timedelta:
    """Draw back what waits when the clock was put back, and remember the instant; how far it was put back."""
    now = tx.clock.now()
    seen = tx.connection.execute(select(offset.c.position).where(offset.c.stage == SEEN)).scalar()
    back = timedelta(0) if seen is None else instant(seen) - now
    if back > TOLERANCE:
        for column in WAITING:
            _draw(tx, column, back)
    if seen is None:
        tx.connection.execute(tx.insert_or_ignore(offset), {"stage": SEEN, "position": micros(now)})
    elif back > TOLERANCE or back < timedelta(0):
        tx.connection.execute(update(offset).where(offset.c.stage == SEEN).values(position=micros(now)))
    return back if back > TOLERANCE else timedelta(0)


def _draw(tx: Tx, column: "Column[object]", back: timedelta) -> None:
    earlier = type_coerce(column, BigInteger) - back // timedelta(microseconds=1)
    later = column > tx.clock.now()
    tx.connection.execute(update(column.table).where(later).values({column.name: earlier}))
