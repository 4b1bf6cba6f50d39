"""Recover: find what never ran and run it. The database is the truth; whatever carried an event may have lost it."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from streams.dead_letters import handle, is_stopped
from streams.outlets import Outlets
from streams.stages import STAGES, Stage
from streams.store.store import Store, Tx
from streams.store.tables import dead_letter, effect, endpoint, event, lane, offset, part

AGE = timedelta(seconds=5)  # what is younger may still be on its way
COMMITTED = timedelta(seconds=60)  # no transaction lasts so long: nothing older can still appear
BATCH = 1_000


def sweep(store: Store, outlets: Outlets, *, age: timedelta = AGE) -> int:
    """One round over all stages and lanes; how many events and lanes had been lost. The youngest are on their way."""
    found = 0
    for stage in STAGES:
        found += store.write(partial(_refeed, stage=stage, outlets=outlets, age=age))
    return found + store.write(_wake_forgotten)


def _refeed(tx: Tx, *, stage: Stage, outlets: Outlets, age: timedelta) -> int:
    """Events that should have had an effect and have none, beyond what was found complete before."""
    if is_stopped(tx, stage):
        return 0
    now = tx.clock.now()
    mark = f"swept/{stage.name}"
    swept = tx.connection.execute(select(offset.c.position).where(offset.c.stage == mark)).scalar() or 0
    done = select(effect.c.event).where(effect.c.stage == stage.name, effect.c.event == event.c.id)
    dead = select(dead_letter.c.id).where(dead_letter.c.stage == stage.name, dead_letter.c.event == event.c.id)
    rows = tx.connection.execute(
        select(event.c.position, event.c.at, event.c.type, event.c.body, (done.exists() | dead.exists()).label("done"))
        .where(event.c.topic == stage.topic, event.c.position > swept, event.c.at <= now - age)
        .order_by(event.c.position)
        .limit(BATCH)
    ).all()
    types = {data.type for data in stage.on}
    lost = [row for row in rows if row.type in types and not row.done]
    for row in lost:
        handle(tx, stage, bytes(row.body), outlets)
    settled = [row.position for row in rows if row.at < now - COMMITTED]
    if settled:
        tx.connection.execute(tx.insert_or_ignore(offset), {"stage": mark, "position": 0})
        tx.connection.execute(update(offset).where(offset.c.stage == mark).values(position=settled[-1]))
    return len(lost)


def _wake_forgotten(tx: Tx) -> int:
    """Lanes with something to send that nobody would look at."""
    now = tx.clock.now()
    waiting = select(part.c.delivery).where(
        part.c.endpoint == lane.c.endpoint, part.c.urgent == lane.c.urgent, part.c.due_at.is_not(None)
    )
    enabled = select(endpoint.c.id).where(endpoint.c.id == lane.c.endpoint, endpoint.c.state == "enabled")
    woken = tx.connection.execute(
        update(lane)
        .where(lane.c.due_at.is_(None), lane.c.holder.is_(None), waiting.exists(), enabled.exists())
        .values(due_at=now)
    )
    return woken.rowcount
