"""The sweeper: finds what was lost, however much lies before it, once, and whatever the clock did."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from channels.base import TryAgain
from streams.admit import open_lanes
from streams.events import DeliveryPlanned, Event, NoticeReleased, decode
from streams.outlets import Outlets
from streams.recover import sweep
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


def test_what_commits_late_is_not_swept_past(
    tmp_path: Path, postgres_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a younger event may be seen first: the mark up to which all is done must wait for the older one."""
    here = Installation(tmp_path, postgres_store)
    here.endpoint("daily")
    written, may_commit, write = threading.Event(), threading.Event(), here.store.write

    def held_up(act: Callable[[Tx], Any]) -> Any:
        def acts(tx: Tx) -> Any:
            value = act(tx)
            if threading.current_thread().name == "late":
                written.set()
                may_commit.wait(4)  # a transaction that stands still for longer is ended
            return value

        return write(acts)

    monkeypatch.setattr(here.store, "write", held_up)
    late = threading.Thread(target=lambda: here.release("late"), name="late")
    late.start()
    assert written.wait(20)
    here.release("early")
    here.clock.advance(50)
    try:
        assert sweep(here.store, here.outlets, limit=LIMIT) > 0
        assert here.states("early") == {"daily": ["planned"]}
    finally:
        may_commit.set()
        late.join()
    assert here.states("late") == {}
    sweep(here.store, here.outlets, limit=LIMIT)
    assert here.states("late") == {"daily": ["planned"]}
    here.store.close()
