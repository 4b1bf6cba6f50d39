"""Triggers: planned once, found in order, ended once; on both databases, by several at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from config.clock import DrivenClock
from streams import triggers
from streams.store.migrate import open_store
from streams.store.store import Store, Tx
from streams.triggers import NotPlanned, State, Trigger

BEGIN = datetime(2026, 11, 23, 1, tzinfo=UTC)
ACTS = ("release",)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of either kind."""
    on_postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
    made = open_store(url, DrivenClock(BEGIN))
    yield made
    made.close()


def one(name: str, minutes: float = 0, act: str = "release") -> Trigger:
    """A trigger due so many minutes on."""
    return Trigger(name, "rsj", act, f"subject of {name}", BEGIN + timedelta(minutes=minutes), {"a": "甲"})


def put(store: Store, *found: Trigger) -> list[bool]:
    """Plan them."""
    return [store.write(partial(triggers.plan, one=each)) for each in found]


def due(store: Store, minutes: float = 0) -> list[str]:
    """What is due so many minutes on."""
    at = BEGIN + timedelta(minutes=minutes)
    return [found.id for found in store.read(lambda c: triggers.due(c, at, ACTS, 100))]


def test_planning_it_twice_is_one(store: Store) -> None:
    assert put(store, one("甲", 5), one("甲", 9), one("乙", 1)) == [True, False, True]
    [first, second] = store.read(lambda c: triggers.listed(c, ["rsj"], ACTS, ended=False, most=9))
    assert (first.id, second.id, second.due_at) == ("乙", "甲", BEGIN + timedelta(minutes=5))
    assert second.detail == {"a": "甲"}


def test_what_is_due_comes_in_the_order_of_its_instants(store: Store) -> None:
    put(store, one("丙", 3), one("甲", 1), one("乙", 2), one("丁", 3.001), one("别的", 1, act="remind"))
    assert due(store, 3) == ["甲", "乙", "丙"]
    assert due(store, 0.9) == []
    assert store.read(triggers.next_look) == BEGIN + timedelta(minutes=1)


def test_what_has_to_wait_keeps_its_place_once_it_is_looked_at_again(store: Store) -> None:
    put(store, one("甲", 1), one("乙", 2))
    store.write(lambda tx: triggers.wait(tx, "甲", BEGIN + timedelta(minutes=5), "等一等"))
    assert due(store, 2) == ["乙"]
    assert due(store, 5) == ["甲", "乙"]


def test_one_that_another_scheduler_holds_is_left_to_it(postgres_url: str) -> None:
    store = open_store(postgres_url, DrivenClock(BEGIN))
    put(store, one("甲"))
    held, done = Event(), Event()

    def hold(tx: Tx) -> None:
        assert triggers.claim(tx, "甲") is not None
        held.set()
        done.wait(30)
        triggers.fired(tx, "甲")

    thread = Thread(target=store.write, args=(hold,))
    thread.start()
    held.wait(30)
    assert store.write(lambda tx: triggers.claim(tx, "甲")) is None
    done.set()
    thread.join()
    assert store.write(lambda tx: triggers.claim(tx, "甲")) is None
    store.close()


def test_one_that_is_not_due_is_not_claimed(store: Store) -> None:
    put(store, one("甲", 1))
    assert store.write(lambda tx: triggers.claim(tx, "甲")) is None


def test_what_ended_is_ended(store: Store) -> None:
    put(store, one("甲"), one("乙"), one("丙"))
    store.write(lambda tx: triggers.fired(tx, "甲"))
    store.write(lambda tx: triggers.cancel(tx, "乙", by="林晓", why="改期"))
    for name in ("甲", "乙", "没有"):
        with pytest.raises(NotPlanned):
            store.write(partial(triggers.cancel, name=name, by="林晓", why="改期"))
        with pytest.raises(NotPlanned):
            store.write(partial(triggers.retry, name=name, by="林晓", more={}))
    ended = store.read(lambda c: triggers.listed(c, ["rsj"], ACTS, ended=True, most=9))
    assert {found.id: found.state for found in ended} == {"甲": State.FIRED, "乙": State.CANCELLED}
    assert due(store) == ["丙"]


def test_what_was_refused_is_tried_again_when_a_person_says_so(store: Store) -> None:
    put(store, one("甲"))
    store.write(lambda tx: triggers.refused(tx, one("甲"), "没有投放点"))
    assert due(store) == []
    [found] = store.read(lambda c: triggers.listed(c, ["rsj"], ACTS, ended=False, most=9))
    assert (found.state, found.cause) == (State.REFUSED, "没有投放点")
    store.write(lambda tx: triggers.retry(tx, "甲", by="林晓", more={"over_ceiling": "林晓"}))
    [found] = store.read(lambda c: triggers.due(c, BEGIN, ACTS, 9))
    assert (found.cause, found.detail) == ("", {"a": "甲", "over_ceiling": "林晓"})
