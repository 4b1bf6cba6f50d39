"""When the clock was put back: what waited two seconds must not wait an hour and two seconds.

The store remembers the latest instant that anybody swept at. A clock that now tells an earlier one was put back,
while we ran or while we did not; then everything that waits for a time of our own making is drawn back by as much.
What people or outlets said by the wall clock (a pause, an expiry) stands; so does a lease that its holder took or
renewed by the clock as it is now: he is alive, and under way.
"""

from datetime import timedelta

from sqlalchemy import BigInteger, Column, ColumnElement, select, type_coerce, update

from streams.lane_rows import LEASE
from streams.outlets import HOLD
from streams.store.store import Tx
from streams.store.tables import instant, lane, micros, offset, part, shared

SEEN = "clock"  # the row of ``offset`` that holds it, in microseconds since 1970 UTC
TOLERANCE = timedelta(seconds=60)  # clocks of several workers may differ by less
WAITING = (lane.c.not_before, lane.c.failing_since, lane.c.opened_at, part.c.due_at)


def draw_back(tx: Tx) -> timedelta:
    """Draw back what waits when the clock was put back, and remember the instant; how far it was put back."""
    now = tx.clock.now()
    seen = tx.connection.execute(select(offset.c.position).where(offset.c.stage == SEEN)).scalar()
    back = timedelta(0) if seen is None else instant(seen) - now
    if back > TOLERANCE:
        for column in WAITING:
            _draw(tx, column, back, column > now)
        held = lane.c.held_until.is_not(None) & (lane.c.held_until <= now + LEASE)
        _draw(tx, lane.c.due_at, back, (lane.c.due_at > now) & ~held)  # of a held lane it goes with the lease
        _draw(tx, lane.c.held_until, back, lane.c.held_until > now + LEASE)
        _draw(tx, shared.c.held_until, back, shared.c.held_until > now + HOLD)
    if seen is None:
        tx.connection.execute(tx.insert_or_ignore(offset), {"stage": SEEN, "position": micros(now)})
    elif back > TOLERANCE or back < timedelta(0):
        tx.connection.execute(update(offset).where(offset.c.stage == SEEN).values(position=micros(now)))
    return back if back > TOLERANCE else timedelta(0)


def _draw(tx: Tx, column: "Column[object]", back: timedelta, where: ColumnElement[bool]) -> None:
    earlier = type_coerce(column, BigInteger) - back // timedelta(microseconds=1)
    tx.connection.execute(update(column.table).where(where).values({column.name: earlier}))
