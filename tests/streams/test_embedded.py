"""The embedded engine with all its threads: what one transaction holds of several acts is seen by each of them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, event, func, select

from channels.base import Answer, Outcome, Work
from producers.say import say
from streams.deliver import Deliverer
from streams.embedded import Embedded
from streams.events import NoticeCorrected, new_trace
from streams.lane_rows import LaneKey
from streams.senders import Senders
from streams.store.sqlite import SqliteStore
from streams.store.store import StoreUnavailable, Tx
from streams.store.tables import dead_letter, delivery, lane
from streams.turn import Turn
from tests.factories import message, version
from tests.streams.doubles import takes_it
from tests.streams.installation import Installation
from tests.waiting import until

T = TypeVar("T")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    """An installation in one SQLite file, with six endpoints."""
    made = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    for number in range(6):
        made.endpoint(f"paper-{number}")
    yield made
    made.store.close()


def test_a_stage_reads_what_its_own_transaction_holds(here: Installation) -> None:
    """A release, its plan and its admission may all fall into one group commit."""
    store = here.store
    assert isinstance(store, SqliteStore)
    engine = Embedded(store, here.outlets, token="t")
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        begun.set()
        may_go_on.wait(20)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(store.write, slow)
        assert begun.wait(20)
        pool.submit(here.release, "a")
        until(lambda: store._acts.qsize() == 1)
        pool.submit(engine.run_stages)
        until(lambda: store._acts.qsize() == 2)
        may_go_on.set()
    engine.run_until_idle()
    assert here.states("a") == {f"paper-{number}": ["delivered"] for number in range(6)}


def test_desks_that_publish_beside_a_running_engine_lose_nothing(here: Installation) -> None:
    engine = Embedded(here.store, here.outlets, token="t")
    engine.start()
    with ThreadPoolExecutor(8) as desks:
        list(desks.map(lambda number: here.release(f"notice-{number}"), range(64)))
    done = select(func.count()).select_from(delivery).where(delivery.c.state == Outcome.DELIVERED)
    dead = select(func.count()).select_from(dead_letter)
    until(lambda: here.store.read(lambda c: c.execute(done).scalar()) == 64 * 6)
    engine.stop()
    assert here.store.read(lambda c: c.execute(dead).scalar()) == 0
    assert len(here.witness.arrivals) == 64 * 6


def test_what_was_read_of_a_commit_that_failed_is_forgotten(here: Installation) -> None:
    """The number of a message is free again: another text may come to have it."""
    here.release("a")
    never = message(version(notice="a", number=2, title="从未发出的一版"))
    said = NoticeCorrected(notice="a", message=never.id, sequence=2, office="rsj", version=2, minor=False)

    def fails_with_the_group(tx: Tx) -> None:
        say(tx, never, said, new_trace())
        assert here.outlets.said(tx.connection, never.id).message == never
        raise KeyboardInterrupt  # nothing that one act answers for: the whole transaction is given up

    with pytest.raises(KeyboardInterrupt):
        here.store.write(fails_with_the_group)
    sent = here.release("a", number=2)
    assert sent.id == never.id
    assert here.store.read(lambda c: here.outlets.said(c, sent.id)).message == sent


@pytest.mark.logs_errors
def test_whatever_fails_in_a_loop_the_loop_goes_on(here: Installation) -> None:
    """A fault that is not the database's, on the threads that run the stages and that look for lanes."""
    engine = Embedded(here.store, here.outlets, token="t")
    left = {'"offset"': 2, "lane": 2}

    def fails(_c: object, _cursor: object, statement: str, *_: object) -> None:
        for table in left:
            if f"FROM {table}" in statement and left[table]:
                left[table] -= 1
                raise RuntimeError("a fault of ours")

    engine.start()
    event.listen(Engine, "before_cursor_execute", fails)
    here.release("a")

    def delivered() -> bool:
        here.clock.advance(1)  # they wait a moment before they try again
        return here.states("a") == {f"paper-{number}": ["delivered"] for number in range(6)}

    until(delivered)
    event.remove(Engine, "before_cursor_execute", fails)
    engine.stop()
    assert not any(left.values())


@pytest.mark.logs_errors
def test_what_a_store_that_failed_left_in_the_middle_is_gone_on_with_at_once(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands still, so no lease runs out."""
    write = here.store.write_together
    failed: list[Turn] = []

    def once_failing(act: Callable[[Tx, Sequence[Turn]], Sequence[T]], turn: Turn) -> T:
        if turn.ended is not None and turn.key.endpoint == "paper-0" and not failed:
            failed.append(turn)
            raise StoreUnavailable("the disk is full")
        return write(act, turn)

    monkeypatch.setattr(here.store, "write_together", once_failing)
    engine = Embedded(here.store, here.outlets, token="t")
    engine.start()
    here.release("a")
    until(lambda: here.states("a") == {f"paper-{number}": ["delivered"] for number in range(6)})
    engine.stop()
    assert len(failed) == 1


def test_a_lane_that_was_claimed_anew_is_not_handed_back(here: Installation) -> None:
    """Its turn failed while the store was away, its lease ran out, and the same process works on it again."""
    key, under_way, may_end = LaneKey("paper-0", urgent=False), threading.Event(), threading.Event()

    def slow(step: str, work: Work) -> Answer:
        under_way.set()
        may_end.wait(30)
        return takes_it(step, work)

    here.witness.behaviours["paper-0"] = slow
    here.release("a")
    stages = Embedded(here.store, here.outlets, token="t")
    stages.run_stages()
    stages.run_stages()
    senders = Senders(here.store, Deliverer(here.store, here.outlets, "t"), 8)
    senders._left.add(key)
    for claimed in senders._claim(8, urgent=False):
        senders._submit(claimed)
    assert under_way.wait(30)
    senders._let_go()
    held = select(lane.c.holder).where(lane.c.endpoint == "paper-0", lane.c.urgent.is_(False))
    assert here.store.read(lambda c: c.execute(held).scalar()) == "t"
    may_end.set()
    senders.stop()
    assert here.witness.sequences("paper-0", "a") == [1]
