"""Whether the machine's clock may be believed: it says when a text goes out that cannot be called back.

Within one start of the machine its clock and its running time go alike; a clock that was put somewhere else is doubted
until somebody vouches for it: whoever keeps the machine's clock, the database on another machine, or a person. After a
new start a later clock is believed: the machine stood still. An earlier one is not: time never runs back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from config.clock import Clock
from streams import audit
from streams.store.store import Store, Tx
from streams.store.tables import clock_mark as table
from streams.store.tables import micros

JUMP = timedelta(seconds=30)  # what a clock may differ from what was expected of it
AT_ONCE = 1.0  # seconds that both clocks may take to read: what stood still in between read two instants
RENEWED = timedelta(seconds=30)  # how old a mark may be, in a start of the machine and over one


class NotDoubted(Exception):
    """No machine of that name has a clock that is not believed; the text is the name."""


@dataclass(frozen=True)
class Reading:
    """One look at the machine."""

    boot: str  # which start of it
    now: datetime
    ahead: int  # microseconds that the clock is ahead of the machine's running time
    vouched: bool  # by whoever keeps its clock, or by the database's


@dataclass(frozen=True)
class Mark:
    """How its clock stood when it was last believed, and since when it is not."""

    boot: str
    ahead: int
    seen_at: datetime
    doubted_at: datetime | None = None


def judge(mark: Mark | None, reading: Reading) -> Mark:
    """The mark after that look; it has ``doubted_at`` while the clock is not believed."""
    believed = Mark(reading.boot, reading.ahead, reading.now)
    if mark is None or reading.vouched or not _moved(mark, reading):
        return believed
    return replace(mark, doubted_at=mark.doubted_at or reading.now)


def _moved(mark: Mark, reading: Reading) -> bool:
    """True when time cannot have got there by passing."""
    if reading.boot == mark.boot:
        return abs(timedelta(microseconds=reading.ahead - mark.ahead)) > JUMP
    return reading.now < mark.seen_at - JUMP


def look(store: Store, station: str) -> Mark:
    """Judge the clock as it is now, and keep what came of it."""
    reading, found = read(store), store.read(lambda c: mark_of(c, station))
    made = judge(found, reading)
    if found is None or _is_news(found, made):
        store.write(lambda tx: _keep(tx, station, made))
    return made


def is_doubted(connection: Connection, store: Store, station: str) -> bool:
    """Whether it is not believed now, as ``look`` finds; nothing is kept, and others are asked only in doubt."""
    mark = judge(mark_of(connection, station), _reading(store.clock, vouched=False))
    return mark.doubted_at is not None and not read(store).vouched


def confirm(tx: Tx, station: str, *, by: str) -> datetime:
    """A person says that the clock is right; the instant that was confirmed."""
    reading = _reading(tx.clock, vouched=True)
    _keep(tx, station, judge(None, reading))
    detail = {"now": reading.now.isoformat()}
    audit.record(tx, office=audit.LEDGER, who=by, act="clock.confirmed", subject="clock", detail=detail)
    return reading.now


def forget(tx: Tx, station: str, *, by: str) -> None:
    """A person says that the machine with that data folder was taken away: its clock holds nothing up any more.

    Raises ``NotDoubted``. A machine that is still there is believed from its next look on, as one that is new.
    """
    gone = delete(table).where(table.c.station == station, table.c.doubted_at.is_not(None))
    if tx.connection.execute(gone).rowcount == 0:
        raise NotDoubted(station)
    audit.record(tx, office=audit.LEDGER, who=by, act="clock.forgotten", subject="clock", detail={"station": station})


def mark_of(connection: Connection, station: str) -> Mark | None:
    """The mark of the machine that has this data folder."""
    row = connection.execute(select(table).where(table.c.station == station)).first()
    return None if row is None else Mark(row.boot, row.ahead, row.seen_at, row.doubted_at)


def doubts(connection: Connection) -> Mapping[str, datetime]:
    """The machines of the installation whose clocks are not believed, by station, and since when by those clocks."""
    rows = connection.execute(select(table).where(table.c.doubted_at.is_not(None)).order_by(table.c.doubted_at))
    return {row.station: row.doubted_at for row in rows}


def station_of(token: str) -> str:
    """Names the data folder, over all its starts: what the token of each of them begins with."""
    return token.partition(".")[0]


def read(store: Store) -> Reading:
    """One look at the machine, and at the database's clock where it is another machine's."""
    reading = _reading(store.clock, vouched=store.clock.is_synchronised())
    if not reading.vouched and (other := store.elsewhere()) is not None:
        return replace(reading, vouched=abs(other - reading.now) <= JUMP)
    return reading


def _reading(clock: Clock, *, vouched: bool) -> Reading:
    """Both clocks at one instant: read again where the process stood still in between."""
    boot, now, after = clock.boot(), clock.now(), clock.boot()
    while after.name != boot.name or abs(after.seconds - boot.seconds) > AT_ONCE:
        boot, now, after = after, clock.now(), clock.boot()
    return Reading(boot.name, now, micros(now) - round(boot.seconds * 1_000_000), vouched)


def _is_news(old: Mark, new: Mark) -> bool:
    """Whether it is worth a commit: the clock drifts by less than is asked of it."""
    drift = abs(timedelta(microseconds=new.ahead - old.ahead))
    same = (old.boot, old.doubted_at) == (new.boot, new.doubted_at)
    return not same or drift > JUMP / 30 or abs(new.seen_at - old.seen_at) > RENEWED


def _keep(tx: Tx, station: str, mark: Mark) -> None:
    values = {"boot": mark.boot, "ahead": mark.ahead, "seen_at": mark.seen_at, "doubted_at": mark.doubted_at}
    tx.connection.execute(tx.insert_or_ignore(table), {"station": station, **values})
    tx.connection.execute(table.update().where(table.c.station == station).values(values))
