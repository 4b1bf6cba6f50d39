"""Two workers on one PostgreSQL, and a process whose clock leaps: nobody overwrites, overtakes or deceives others."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from channels.base import Answer, TryAgain, Work
from notices.notice import Urgency
from streams import audit, settle
from streams.deliver import Apart, Deliverer
from streams.disable import disable, enable
from streams.embedded import Embedded
from streams.events import DeliveryTried, event, new_trace
from streams.fold import fold
from streams.lane_rows import LaneKey
from streams.store.store import Tx
from streams.store.tables import attempt, delivery, endpoint, lane, part
from streams.turn import Intent, Turn
from streams.verdict import Verdict
from tests.streams.doubles import takes_it
from tests.streams.installation import Installation
from tests.streams.test_turn import carry_all

PATIENCE = 20.0  # seconds for a thread that must come to a point


@pytest.fixture
def here(tmp_path: Path, postgres_store: str) -> Iterator[Installation]:
    """An installation on PostgreSQL."""
    made = Installation(tmp_path, postgres_store)
    yield made
    made.store.close()


class Held:
    """``act``, held up in the thread named ``who`` after it is done, until it is let go on."""

    def __init__(self, act: Callable[..., Any], who: str) -> None:
        self._act, self._who = act, who
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *args: Any, **named: Any) -> Any:
        value = self._act(*args, **named)
        if threading.current_thread().name == self._who and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(PATIENCE)
        return value


def beside(name: str, act: Callable[[], object]) -> threading.Thread:
    """``act`` on a thread of its own."""
    thread = threading.Thread(target=act, name=name)
    thread.start()
    return thread


def test_who_settles_last_settles_by_the_newest_outcomes(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    here.endpoint("hall", parts=2)
    here.release("a")
    carry_all(here)
    name = here.store.read(lambda c: c.execute(select(delivery.c.id)).scalar_one())

    def ended(number: int) -> None:
        here.store.write(
            lambda tx: tx.connection.execute(update(part).where(part.c.number == number).values(state="delivered"))
        )

    def settles(number: int) -> None:
        data = DeliveryTried(delivery=name, part=number, endpoint="hall", step="send", attempt=1, outcome="delivered")
        tried = event(data, clock=here.clock, subject="a", key=name, traceparent=new_trace())
        here.store.write(lambda tx: settle.settle(tx, [tried], here.outlets))

    held = Held(fold, "slow")
    monkeypatch.setattr("streams.settle.fold", held)
    ended(0)
    slow = beside("slow", lambda: settles(0))
    assert held.reached.wait(PATIENCE)
    ended(1)
    quick = beside("quick", lambda: settles(1))
    held.go_on.set()
    slow.join()
    quick.join()
    assert here.states("a") == {"hall": ["delivered"]}


def test_two_that_seal_at_once_seal_each_attempt_once(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    now = here.clock.now()
    row = {"part": 0, "step": "send", "number": 1, "holder": "t", "rendition": "", "started_at": now, "ended_at": now}
    rows = [row | {"delivery": f"d{n}", "outcome": "delivered", "cause": "", "note": ""} for n in range(5)]
    here.store.write(lambda tx: tx.connection.execute(insert(attempt), rows))
    held = Held(audit.ledger_hash, "slow")
    monkeypatch.setattr(audit, "ledger_hash", held)
    slow = beside("slow", lambda: here.store.write(audit.seal))
    assert held.reached.wait(PATIENCE)
    quick = beside("quick", lambda: here.store.write(audit.seal))
    held.go_on.set()
    slow.join()
    quick.join()
    assert here.store.read(lambda c: list(audit.verify(c))) == []


def test_the_urgent_lane_does_not_overtake_what_the_routine_lane_is_about_to_send(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.endpoint("daily")
    first = here.release("a")
    carry_all(here)
    slow, quick = (Deliverer(here.store, here.open_outlets(name), name) for name in ("slow", "quick"))
    (routine,) = slow.claim(1, urgent=False)
    held = Held(Deliverer._intend, "slow")
    monkeypatch.setattr(Deliverer, "_intend", lambda self, *args: held(self, *args))
    first_worker = beside("slow", lambda: slow.work(routine))
    assert held.reached.wait(PATIENCE)
    here.withdraw(first.model_copy(update={"urgency": Urgency.EMERGENCY}), sequence=2)

    def overtakes() -> None:
        carry_all(here)
        (urgent,) = quick.claim(1, urgent=True)
        quick.work(urgent)

    second_worker = beside("quick", overtakes)
    held.go_on.set()
    first_worker.join()
    second_worker.join()
    for _ in range(3):  # the withdrawal waits while the first text is under way
        here.clock.advance(2)
        for key in quick.claim(1, urgent=True):
            quick.work(key)
    assert here.witness.sequences("daily", "a") in ([1, 2], [2])


def test_what_stood_still_before_it_was_sent_is_not_sent_when_that_is_over(here: Installation) -> None:
    """Another worker has found it and thinks that it may have been sent: whoever looks it up would see no trace yet."""
    here.endpoint("phones", "irreversible")
    here.release("a", channels=("irreversible",))
    carry_all(here)
    slow, quick = (Deliverer(here.store, here.open_outlets(name), name) for name in ("slow", "quick"))
    (key,) = slow.claim(1, urgent=False)
    stands = slow._send

    def stands_still(key: LaneKey, intent: Intent) -> Verdict:
        here.clock.advance(60)
        for taken in quick.claim(1, urgent=False):
            quick.work(taken)
        carry_all(here)
        assert here.states("a") == {"phones": ["unknown"]}
        return stands(key, intent)

    slow._send = stands_still  # type: ignore[method-assign]  # the machine sleeps there
    slow.work(key)
    assert here.witness.arrivals == []
    assert here.states("a") == {"phones": ["unknown"]}


def test_what_nobody_else_took_meanwhile_goes_out_after_all(here: Installation) -> None:
    here.endpoint("phones", "irreversible")
    here.release("a", channels=("irreversible",))
    carry_all(here)
    slow = Deliverer(here.store, here.open_outlets("slow"), "slow")
    (key,) = slow.claim(1, urgent=False)
    stands, times = slow._send, iter([60, 0, 0])

    def stands_still(key: LaneKey, intent: Intent) -> Verdict:
        here.clock.advance(next(times))
        return stands(key, intent)

    slow._send = stands_still  # type: ignore[method-assign]  # the machine sleeps there, once
    slow.work(key)
    assert [one.endpoint for one in here.witness.arrivals] == ["phones"]


def test_a_lane_that_somebody_has_locked_holds_up_no_other(here: Installation) -> None:
    """A process that was stopped in the middle of a transaction: turns share one, and go on without that lane."""
    for name in ("daily", "hall"):
        here.endpoint(name)
    here.release("a")
    carry_all(here)
    worker = Deliverer(here.store, here.open_outlets("w"), "w")
    keys = {key.endpoint: key for key in worker.claim(2, urgent=False)}
    locked, go_on = threading.Event(), threading.Event()

    def keeps(tx: Tx) -> None:
        tx.connection.execute(select(endpoint).where(endpoint.c.id == "daily").with_for_update())
        locked.set()
        go_on.wait(PATIENCE)

    keeper = beside("keeps", lambda: here.store.write(keeps))
    assert locked.wait(PATIENCE)
    waits = beside("waits", lambda: worker.work(keys["daily"]))
    worker.work(keys["hall"])
    assert [a.endpoint for a in here.witness.arrivals] == ["hall"]
    go_on.set()
    keeper.join()
    waits.join()
    assert sorted(a.endpoint for a in here.witness.arrivals) == ["daily", "hall"]


def test_a_claim_passes_over_a_lane_that_another_is_claiming(here: Installation) -> None:
    for name in ("daily", "hall"):
        here.endpoint(name)
    here.release("a")
    carry_all(here)
    worker = Deliverer(here.store, here.open_outlets("w"), "w")

    def keeps(tx: Tx) -> list[LaneKey]:
        tx.connection.execute(select(lane).where(lane.c.endpoint == "daily").with_for_update())
        taken = beside("claims", lambda: keys.extend(worker.claim(2, urgent=False)))
        taken.join(PATIENCE)
        assert not taken.is_alive(), "it waits for the other"
        return list(keys)

    keys: list[LaneKey] = []
    assert [key.endpoint for key in here.store.write(keeps)] == ["hall"]
    assert [key.endpoint for key in worker.claim(2, urgent=False)] == ["daily"]


def test_who_is_to_end_begins_no_more_sends_and_leaves_the_rest_of_the_lane_to_others(here: Installation) -> None:
    """A process has seconds for its end, and a lane may have more waiting than that."""
    here.endpoint("phones", "irreversible")
    for name in ("a", "b"):
        here.release(name, channels=("irreversible",))
    carry_all(here)
    first, other = (Deliverer(here.store, here.open_outlets(name), name) for name in ("first", "other"))
    (key,) = first.claim(1, urgent=False)
    sends = first._send

    def told_to_end(key: LaneKey, intent: Intent) -> Verdict:
        first.end()
        return sends(key, intent)

    first._send = told_to_end  # type: ignore[method-assign]  # the word comes while it sends
    first.work(key)
    assert [one.subject for one in here.witness.arrivals] == ["a"]
    (key,) = first.claim(1, urgent=False)
    first.work(key)
    assert [one.subject for one in here.witness.arrivals] == ["a"], "nor in a lane that it had taken before"
    (key,) = other.claim(1, urgent=False)
    other.work(key)
    assert [one.subject for one in here.witness.arrivals] == ["a", "b"]


def test_a_fault_of_one_lane_is_no_other_lanes(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("daily", "hall"):
        here.endpoint(name)
    here.release("a")
    carry_all(here)
    worker = Deliverer(here.store, here.open_outlets("w"), "w")
    choose = Deliverer._choose

    def fails(self: Deliverer, tx: Tx, key: LaneKey, *rest: Any) -> Any:
        if key.endpoint == "daily":
            raise LookupError("a fault of ours")
        return choose(self, tx, key, *rest)

    monkeypatch.setattr(Deliverer, "_choose", fails)
    turns = [Turn(key) for key in worker.claim(2, urgent=False)]
    with pytest.raises(Apart):
        here.store.write(lambda tx: worker._try(tx, turns, urgent=False))
    with pytest.raises(LookupError):
        worker.work(LaneKey("daily", urgent=False))
    worker.work(LaneKey("hall", urgent=False))
    assert [a.endpoint for a in here.witness.arrivals] == ["hall"]


def test_disabling_and_enabling_while_its_lanes_are_worked_clashes_with_nobody(here: Installation) -> None:
    here.endpoint("daily")
    for number in range(30):
        here.release(f"n{number}")
    carry_all(here)
    failures: list[BaseException] = []

    def sends() -> None:
        worker = Deliverer(here.store, here.open_outlets("w"), "w")
        for _ in range(60):
            for key in worker.claim(1, urgent=False):
                worker.work(key)

    def keeps() -> None:
        try:
            for _ in range(20):
                here.store.write(lambda tx: disable(tx, "daily", "核对", by="测试"))
                here.store.write(lambda tx: enable(tx, "daily", by="测试"))
        except BaseException as error:
            failures.append(error)

    threads = [beside("sends", sends), beside("keeps", keeps)]
    for thread in threads:
        thread.join()
    assert failures == []
    worker = Deliverer(here.store, here.open_outlets("last"), "last")
    for _ in range(60):
        here.clock.advance(5)
        for key in worker.claim(1, urgent=False):
            worker.work(key)
    assert len(here.witness.at("daily")) == len({a.key for a in here.witness.at("daily")}) == 30


def test_a_leap_of_the_clock_lets_nobody_send_twice_what_is_under_way(tmp_path: Path) -> None:
    """A virtual machine that was suspended: by the clock our own leases have run out."""
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    here.endpoint("daily")
    here.endpoint("hall", "irreversible")
    both, go_on, twice = threading.Barrier(3), threading.Event(), threading.Event()

    def behave(step: str, work: Work) -> Answer:
        if len(here.witness.tried) > 2:
            twice.set()
        else:
            both.wait(PATIENCE)
            go_on.wait(PATIENCE)
        return takes_it(step, work)

    for name in ("daily", "hall"):
        here.witness.behaviours[name] = behave
    engine = Embedded(here.store, here.outlets, token="start", workers=8)
    engine.start()
    here.release("a", channels=("keyed", "irreversible"))
    both.wait(PATIENCE)
    here.clock.advance(60)
    engine.senders.wake()
    assert not twice.wait(2.5), "a lane that is being worked was taken again"
    go_on.set()
    engine.stop()
    Embedded(here.store, here.outlets, token="next").run_until_idle()
    assert here.states("a") == {"daily": ["delivered"], "hall": ["delivered"]}
    assert len(here.witness.tried) == 2
    here.store.close()


def test_the_drain_after_an_outage_is_ramped(tmp_path: Path) -> None:
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    here.endpoint("daily")
    back = here.clock.now() + timedelta(minutes=10)
    arrived: list[int] = []

    def behave(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise TryAgain("503")
        arrived.append(int((here.clock.now() - back).total_seconds()))
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    engine = Embedded(here.store, here.outlets, token="start", workers=4)
    for number in range(300):
        here.release(f"n{number}")
    while len(arrived) < 300 and here.clock.now() < back + timedelta(seconds=60):
        engine.run_until_idle()
        here.clock.advance(1)
    went = [arrived.count(second) for second in sorted(set(arrived))]
    assert went[:6] == [2, 4, 8, 16, 32, 64]
    assert sum(went) == 300, "all within a minute of its return"
    here.store.close()
