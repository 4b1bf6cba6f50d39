"""The sweeper: finds what was lost, however much lies before it, once, and whatever the clock did."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from channels.base import TryAgain
from streams import recover
from streams.admit import open_lanes
from streams.events import DeliveryPlanned, Event, NoticeReleased, decode
from streams.outlets import Outlets
from streams.recover import COMMITTED, sweep
from streams.stages import STAGES, Stage, run
from streams.store.store import Tx
from streams.store.tables import dead_letter, effect, event, lane
from tests.streams.doubles import raises
from tests.streams.hosts import LIMIT, Host
from tests.streams.installation import Installation
from tests.streams.test_engine_conformance import settle_for


def look(here: Installation, rounds: int = 1) -> None:
    """So many sweeps, five seconds apart."""
    for _ in range(rounds):
        here.clock.advance(5)
        sweep(here.store, here.outlets, limit=LIMIT)


def test_what_cannot_be_read_is_set_aside_once(here: Installation, host: Host) -> None:
    row = {"id": "bad", "topic": "notices", "type": NoticeReleased.type, "key": "x", "body": b"{"}
    here.store.write(lambda tx: tx.connection.execute(insert(event), row | {"at": here.clock.now()}))
    host.settle()
    look(here, 20)
    host.settle()
    letters = here.store.read(lambda c: list(c.execute(select(dead_letter.c.stage)).scalars()))
    assert sorted(letters) == ["follow", "owe", "plan"], "by each stage that reads it"


def test_a_lost_event_is_found_at_once_behind_any_history(here: Installation) -> None:
    here.endpoint("daily")
    names = [f"e{number}" for number in range(20_000)]
    row = {"topic": "notices", "type": NoticeReleased.type, "key": "x", "body": b"{}", "at": here.clock.now()}
    here.store.write(lambda tx: tx.connection.execute(insert(event), [row | {"id": name} for name in names]))
    done = [{"stage": stage, "event": name} for stage in ("plan", "follow", "owe") for name in names]
    here.store.write(lambda tx: tx.connection.execute(insert(effect), done))
    here.release("lost")
    look(here)
    assert here.states("lost") == {"daily": ["planned"]}


def test_what_came_during_a_stop_is_made_up_for_at_once(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on its own, it took longer than it had taken to come."""
    here.endpoint("daily")
    for number in range(50):
        here.release(f"n{number}")
    rounds = []

    def counted(stage: Stage, events: Sequence[Event], tx: Tx, outlets: Outlets) -> None:
        rounds.append(stage.name)
        run(stage, events, tx, outlets)

    monkeypatch.setattr("streams.dead_letters.run", counted)
    look(here)
    assert rounds == ["plan", "follow", "owe"]
    assert here.states("n0") == here.states("n49") == {"daily": ["planned"]}


def test_a_lane_that_nobody_would_look_at_is_found_but_not_one_that_is_being_admitted(here: Installation) -> None:
    """Between planning and admitting it looks as if it were forgotten: that is no loss, and no alarm."""
    here.endpoint("daily")
    here.store.write(lambda tx: open_lanes(tx, {("daily", False)}))
    first = here.release("a")
    planned = event_of(here, first.id)
    for stage in STAGES:
        here.store.write(partial(_run, stage=stage, events=[planned], outlets=here.outlets))
    assert sweep(here.store, here.outlets, limit=LIMIT) == 0
    admitted = {
        "stage": "admit",
        "event": select(event.c.id).where(event.c.type == DeliveryPlanned.type).scalar_subquery(),
    }
    here.store.write(lambda tx: tx.connection.execute(insert(effect).values(admitted)))  # and its lane is forgotten
    here.clock.advance(5)
    assert sweep(here.store, here.outlets, limit=LIMIT) == 1
    assert here.store.read(lambda c: c.execute(select(lane.c.due_at)).scalars().all()) == [here.clock.now()]


def _run(tx: Tx, *, stage: Stage, events: Sequence[Event], outlets: Outlets) -> None:
    run(stage, events, tx, outlets)


def event_of(here: Installation, message: str) -> Event:
    """The event that says a message was released."""
    bodies = here.store.read(lambda c: c.execute(select(event.c.body)).scalars().all())
    return next(one for one in map(decode, bodies) if getattr(one.data, "message", "") == message)


def test_an_event_of_a_clock_that_was_fast_is_not_passed_over(here: Installation) -> None:
    here.endpoint("daily")
    here.clock.advance(3_600)
    here.release("lost")
    here.clock.advance(-3_600)
    here.release("later")
    look(here, 30)
    assert here.states("lost") == here.states("later") == {"daily": ["planned"]}


def test_an_event_that_commits_behind_a_later_one_is_not_passed_over(here: Installation) -> None:
    """It took its place among the events first; whoever sweeps meanwhile sees the later one alone."""
    here.endpoint("daily")
    late = here.release("late")
    here.release("later")
    uncommitted = here.store.write(partial(_take_out, event_of(here, late.id)))
    look(here, 2)
    here.store.write(lambda tx: tx.connection.execute(insert(event), uncommitted))
    look(here, 30)
    assert here.states("late") == here.states("later") == {"daily": ["planned"]}


def test_what_grows_old_during_a_sweep_is_looked_at_by_the_next(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As old as the workers' backlog, too young for the look, and old enough for the mark that comes after it."""
    here.endpoint("daily")
    here.release("lost")
    here.clock.advance((COMMITTED - timedelta(seconds=0.2)).total_seconds())

    def slowly(tx: Tx, **of: Any) -> None:
        here.clock.advance(0.5)
        mark(tx, **of)

    mark = recover._mark
    monkeypatch.setattr(recover, "_mark", slowly)
    sweep(here.store, here.outlets, limit=LIMIT, age=COMMITTED)
    monkeypatch.undo()
    look(here)
    assert here.states("lost") == {"daily": ["planned"]}


def _take_out(one: Event, tx: Tx) -> "dict[str, object]":
    row = tx.connection.execute(select(event).where(event.c.id == one.id)).mappings().one()
    tx.connection.execute(delete(event).where(event.c.id == one.id))
    return dict(row)


def test_what_waits_is_drawn_back_with_the_clock(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("503"))
    here.clock.advance(3_600)
    look(here)
    here.release("a")
    host.settle()
    here.clock.advance(-3_600)
    look(here)
    settle_for(here, host, 30)
    assert here.states("a") == {"daily": ["delivered"]}


def test_a_small_step_back_moves_nothing(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("503", retry_after=300))
    look(here)
    here.release("a")
    host.settle()
    asked = here.clock.now() + timedelta(seconds=300)
    here.clock.advance(-30)
    look(here)
    while here.clock.now() < asked:
        assert here.witness.at("daily") == []
        settle_for(here, host, 15, step=15)
    assert here.states("a") == {"daily": ["delivered"]}
