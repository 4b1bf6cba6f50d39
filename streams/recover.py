"""Recover: find what never ran and run it. The database is the truth; whatever carried an event may have lost it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Row, func, or_, select, update

from streams.clock_back import draw_back
from streams.comments.forget import forget as forget_commenters
from streams.dead_letters import handle_all, is_stopped
from streams.erase import forget
from streams.outlets import Outlets
from streams.stages import STAGES, Stage
from streams.store.store import Store, Tx
from streams.store.tables import dead_letter, effect, endpoint, event, lane, offset, part

AGE = timedelta(seconds=5)  # what is younger may still be on its way
COMMITTED = timedelta(seconds=60)  # no transaction lasts so long: nothing older can still appear
BATCH = 200  # events in one transaction

log = structlog.get_logger()


def sweep(store: Store, outlets: Outlets, *, limit: int, age: timedelta = AGE) -> int:
    """One round over all stages and lanes; how many events and lanes had been lost. The youngest are on their way.

    ``limit`` dead letters in a row stop a line here as elsewhere.
    """
    if ended := store.end_the_still():
        log.warning("ended_the_still", transactions=ended)
    if back := store.write(draw_back):
        log.warning("clock_was_put_back", seconds=back.total_seconds())
    found = sum(_refeed(store, stage, outlets, limit, age) for stage in STAGES)
    found += store.write(partial(_wake_forgotten, age=age))
    if erased := forget(store):
        log.info("numbers_erased", many=erased)
    if forgotten := forget_commenters(store):
        log.info("commenters_forgotten", many=forgotten)
    return found


def swept_by_all(connection: Connection) -> int:
    """The position up to which every stage was found to have done everything."""
    return min(_swept(connection, stage) for stage in STAGES)


def _refeed(store: Store, stage: Stage, outlets: Outlets, limit: int, age: timedelta) -> int:
    """Run the stage on every event that should have had an effect and has none; how many those were."""
    found, now = 0, store.clock.now()
    while lost := store.read(partial(_lost, stage=stage, now=now, age=age)):
        done = store.write(partial(_handle, stage=stage, lost=lost, outlets=outlets, limit=limit))
        found += done
        if done < len(lost):  # the line stands still
            return found
    store.write(partial(_mark, stage=stage, now=now))  # of the same instant: nothing grew old in between
    return found


def _lost(connection: Connection, *, stage: Stage, now: datetime, age: timedelta) -> "list[Row[Any]]":
    """The oldest of them. What says it is of the future was written before the clock was put right: it is not young."""
    done = select(effect.c.event).where(effect.c.stage == stage.name, effect.c.event == event.c.id)
    dead = select(dead_letter.c.id).where(dead_letter.c.stage == stage.name, dead_letter.c.event == event.c.id)
    rows: Iterable[Row[Any]] = connection.execute(
        select(event.c.id, event.c.body)
        .where(event.c.topic == stage.topic, event.c.position > _swept(connection, stage))
        .where(event.c.type.in_([data.type for data in stage.on]), ~done.exists(), ~dead.exists())
        .where(or_(event.c.at <= now - age, event.c.at > now + COMMITTED))
        .order_by(event.c.position)
        .limit(BATCH)
    )
    return list(rows)


def _handle(tx: Tx, *, stage: Stage, lost: "list[Row[Any]]", outlets: Outlets, limit: int) -> int:
    """How many were dealt with before the line stood still. All at once: after a stop, everything is old."""
    if is_stopped(tx, stage):
        return 0
    return handle_all(tx, stage, [(row.id, bytes(row.body)) for row in lost], outlets, limit)


def _swept(connection: Connection, stage: Stage) -> int:
    """The position up to which everything was found complete before."""
    mark = select(offset.c.position).where(offset.c.stage == f"swept/{stage.name}")
    return connection.execute(mark).scalar() or 0


def _mark(tx: Tx, *, stage: Stage, now: datetime) -> None:
    """Move the mark up to the last event before which nothing can still appear: older than any transaction lasts.

    A place among the events is taken before its transaction commits: what nobody sees yet may stand right before a
    young one.
    """
    swept = _swept(tx.connection, stage)
    here = (event.c.topic == stage.topic, event.c.position > swept)
    young = (event.c.at >= now - COMMITTED, event.c.at <= now + COMMITTED)
    first = select(func.min(event.c.position)).where(*here, *young).scalar_subquery()
    sure = or_(first.is_(None), event.c.position < first)
    position = tx.connection.execute(select(func.max(event.c.position)).where(*here, sure)).scalar()
    if position is not None:
        tx.connection.execute(tx.insert_or_ignore(offset), {"stage": f"swept/{stage.name}", "position": 0})
        tx.connection.execute(update(offset).where(offset.c.stage == f"swept/{stage.name}").values(position=position))


def _wake_forgotten(tx: Tx, *, age: timedelta) -> int:
    """Lanes with something to send that nobody would look at. What was planned just now is still being admitted."""
    now = tx.clock.now()
    waiting = select(part.c.delivery).where(
        part.c.endpoint == lane.c.endpoint, part.c.urgent == lane.c.urgent, part.c.due_at <= now - age
    )
    enabled = select(endpoint.c.id).where(endpoint.c.id == lane.c.endpoint, endpoint.c.state == "enabled")
    woken = tx.connection.execute(
        update(lane)
        .where(lane.c.due_at.is_(None), lane.c.holder.is_(None), waiting.exists(), enabled.exists())
        .values(due_at=now)
    )
    return woken.rowcount
