"""Between any two sends a lane looks up: an outlet's wish, a stop, a withdrawal and a death concern the next one."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Select, select

from channels.base import Answer, Gone, Outcome, TryAgain, Work
from notices.notice import Message
from streams.deliver import Deliverer
from streams.disable import disable
from streams.endpoints import pause
from streams.events import Event, decode
from streams.lane_rows import LEASE, LaneKey
from streams.outlets import Outlets
from streams.stages import STAGES, Stage, run
from streams.store.store import StoreUnavailable, Tx
from streams.store.tables import attempt, event, part
from streams.turn import Intent
from streams.verdict import Verdict
from tests.streams.doubles import takes_it
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_engine_conformance import settle_for

MANY = [f"n{number}" for number in range(8)]


def carry_all(here: Installation) -> None:
    """Let every stage act on every event there is, as an engine does while a send is under way."""
    for stage in STAGES:
        bodies = select(event.c.body).where(event.c.topic == stage.topic).order_by(event.c.position)
        events = [decode(bytes(body)) for body in here.store.read(partial(_all, wanted=bodies))]
        here.store.write(partial(_run, stage=stage, events=events, outlets=here.outlets))


def _all(connection: Connection, *, wanted: "Select[Any]") -> list[bytes]:
    return list(connection.execute(wanted).scalars())


def _run(tx: Tx, *, stage: Stage, events: Sequence[Event], outlets: Outlets) -> None:
    run(stage, events, tx, outlets)


def test_after_one_retry_after_nothing_more_is_asked_of_the_outlet(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    until = here.clock.now() + timedelta(hours=1)

    def behave(step: str, work: Work) -> Answer:
        if here.clock.now() < until:
            raise TryAgain("429", retry_after=3600, throttled=True)
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    for name in MANY:
        here.release(name)
    host.settle()
    here.release("later")
    settle_for(here, host, 600, step=60)
    assert len(here.witness.tried) == 1
    settle_for(here, host, 3600, step=60)
    assert {a.subject for a in here.witness.at("daily")} == {*MANY, "later"}


def test_after_a_410_nothing_more_is_sent(here: Installation, host: Host) -> None:
    here.endpoint("daily")

    def gone(step: str, work: Work) -> Answer:
        raise Gone("410")

    here.witness.behaviours["daily"] = gone
    for name in MANY:
        here.release(name)
    host.settle()
    settle_for(here, host, 60)
    assert len(here.witness.tried) == 1
    assert {state for name in MANY for state in here.states(name)["daily"]} == {"parked"}


def test_what_is_withdrawn_while_another_is_sent_does_not_go(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    released: dict[str, Message] = {}

    def behave(step: str, work: Work) -> Answer:
        if len(here.witness.tried) == 1:
            for name in MANY:
                if name != work.message.subject:
                    here.withdraw(released[name], sequence=2)
            carry_all(here)
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    released |= {name: here.release(name) for name in MANY}
    host.settle()
    settle_for(here, host, 30)
    first = here.witness.tried[0].subject
    assert [(a.subject, a.sequence) for a in here.witness.at("daily") if a.sequence == 1] == [(first, 1)]
    assert all(here.witness.sequences("daily", name) == [2] for name in MANY if name != first)


def test_a_pause_while_one_is_sent_stops_the_next(here: Installation, host: Host) -> None:
    here.endpoint("daily")

    def behave(step: str, work: Work) -> Answer:
        here.store.write(lambda tx: pause(tx, "daily", by="测试", why="核对", until=None))
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    for name in MANY:
        here.release(name)
    host.settle()
    settle_for(here, host, 60)
    assert len(here.witness.tried) == 1


def test_what_waits_for_one_that_was_disabled_meanwhile_does_not_go(here: Installation, host: Host) -> None:
    here.endpoint("daily")

    def behave(step: str, work: Work) -> Answer:
        here.witness.behaviours["daily"] = takes_it
        here.store.write(lambda tx: disable(tx, "daily", "合作终止", by="测试"))
        raise TryAgain("503")

    here.witness.behaviours["daily"] = behave
    here.release("a")
    here.release("b")
    host.settle()
    settle_for(here, host, 300)
    assert here.witness.at("daily") == []
    assert here.states("a") == here.states("b") == {"daily": ["parked"]}


def test_whoever_stood_still_longer_than_his_lease_before_he_sent_does_not(
    here: Installation, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another may have taken the lane, and sent what is newer; also where a key makes a repeat harmless."""
    here.endpoint("daily")
    sends, stands = Deliverer._send, [True]

    def late(self: Deliverer, key: LaneKey, intent: Intent) -> Verdict:
        if stands:
            stands.clear()
            here.clock.advance(LEASE.total_seconds() + 1)
        return sends(self, key, intent)

    monkeypatch.setattr(Deliverer, "_send", late)
    here.release("a")
    host.settle()
    settle_for(here, host, 60)
    assert here.states("a") == {"daily": ["delivered"]}
    assert len(here.witness.tried) == 1
    outcomes = select(attempt.c.outcome).order_by(attempt.c.id)
    assert here.store.read(lambda c: c.execute(outcomes).scalars().all())[-2:] == ["waits", "delivered"]


def test_one_that_kills_its_worker_takes_no_neighbour_along(here: Installation, host: Host) -> None:
    here.endpoint("daily")

    class Killed(BaseException):
        pass

    def behave(step: str, work: Work) -> Answer:
        if work.message.subject == "n0":
            raise Killed
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    for name in MANY:
        here.release(name)
    for _ in range(20):
        try:
            settle_for(here, host, 120)
            break
        except Killed:
            host.restart()
    assert {name: here.states(name)["daily"] for name in MANY} == {
        name: ["parked" if name == "n0" else "delivered"] for name in MANY
    }


def test_a_lane_whose_breaker_is_open_wakes_for_what_comes_next(here: Installation, host: Host) -> None:
    """The last message expired while the outlet was down: nobody looked at the lane any more."""
    here.endpoint("daily")
    back = here.clock.now() + timedelta(minutes=5)

    def behave(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise TryAgain("503")
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    soon, late = (here.clock.now() + timedelta(seconds=seconds) for seconds in (20, 9_000))
    here.release("a", said={"urgency": "emergency", "expires_at": soon})
    host.settle()
    settle_for(here, host, 600)
    assert here.states("a") == {"daily": ["expired"]}
    here.release("b", said={"urgency": "emergency", "expires_at": late})
    host.settle()
    assert here.states("b") == {"daily": ["delivered"]}


def test_what_a_dead_worker_left_under_way_goes_before_what_waits_behind_it(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    dies = [True]

    class Killed(BaseException):
        pass

    def behave(step: str, work: Work) -> Answer:
        if work.message.subject == MANY[3] and dies:
            dies.clear()
            raise Killed
        return takes_it(step, work)

    here.witness.behaviours["daily"] = behave
    for name in MANY:
        here.release(name)
        carry_all(here)
        here.clock.advance(1)  # each is due a little later than the one before
    with pytest.raises(Killed):
        host.settle()
    host.restart()
    settle_for(here, host, 60)
    assert [a.subject for a in here.witness.at("daily")] == MANY


@pytest.mark.parametrize("nature", ["irreversible", "looked_up", "state"])
@pytest.mark.parametrize("lost", ["before it was written", "after it was written"])
def test_an_answer_that_was_seen_is_no_doubt_though_the_store_fails_for_a_moment(
    here: Installation, monkeypatch: pytest.MonkeyPatch, nature: str, lost: str
) -> None:
    here.endpoint("x", nature)
    for name in ("a", "b"):
        here.release(name, channels=(nature,))
    carry_all(here)
    deliverer, tries = Deliverer(here.store, here.outlets, "one.1"), list[Any]()
    write = here.store.write_together

    def fails_once(act: Any, of: Any) -> Any:
        tries.append(of)
        if len(tries) == 2 and lost == "before it was written":
            raise StoreUnavailable("the line was cut")
        done = write(act, of)
        if len(tries) == 2:
            raise StoreUnavailable("the line was cut")
        return done

    monkeypatch.setattr(here.store, "write_together", fails_once)
    (key,) = deliverer.claim(5, urgent=False)
    deliverer.work(key)
    assert [one.subject for one in here.witness.at("x")] == ["a", "b"]
    rows = here.store.read(lambda c: c.execute(select(part.c.subject, part.c.state)).all())
    states = {row.subject: row.state for row in rows}
    assert states == {"a": Outcome.DELIVERED, "b": Outcome.DELIVERED}
    tries_of = here.store.read(lambda c: c.execute(select(attempt.c.number, attempt.c.outcome)).all())
    assert [tuple(row) for row in tries_of] == [(1, Outcome.DELIVERED)] * 2
