"""What every engine must do: the promises of delivery. A new engine joins ``HOSTS`` and passes unchanged."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from channels.base import Accepted, Answer, Delivered, Done, Gone, Refused, TryAgain, Unsure, Work
from streams import dead_letters
from streams.deliver import Deliverer
from streams.disable import enable
from streams.endpoints import pause, resume
from streams.events import NoticeReleased, decode, event, new_trace
from streams.lane_rows import LaneKey
from streams.stages import STAGES
from streams.store.tables import dead_letter, delivery
from streams.store.tables import event as events
from tests.streams.conftest import KAFKA, PAIRS
from tests.streams.doubles import raises, takes_it
from tests.streams.hosts import LIMIT, Host
from tests.streams.installation import Installation


@pytest.fixture(params=(*PAIRS, KAFKA))
def pair(request: pytest.FixtureRequest) -> str:
    """Every engine."""
    return str(request.param)


def settle_for(here: Installation, host: Host, seconds: float, step: float = 5) -> None:
    """Let time pass, in steps, with everything done that falls due."""
    end = here.clock.now() + timedelta(seconds=seconds)
    while here.clock.now() < end:
        here.clock.advance(step)
        host.settle()


def test_a_release_reaches_every_endpoint_of_its_office_once(here: Installation, host: Host) -> None:
    here.endpoint("site", "state")
    here.endpoint("daily", "keyed")
    here.endpoint("hall", "human")
    here.endpoint("other-office", "keyed", of="ybj")
    here.release("a", channels=("state", "keyed"))
    host.settle()
    assert [a.endpoint for a in here.witness.arrivals] in (["site", "daily"], ["daily", "site"])
    assert here.states("a") == {"site": ["delivered"], "daily": ["delivered"]}


def test_emitting_an_event_twice_is_one_event(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    said = here.release("a")
    again = NoticeReleased(notice="a", message=said.id, sequence=1, office="rsj", version=1)
    double = event(
        again, clock=here.clock, subject="a", key="a", traceparent=new_trace(), known_as=f"{said.id}.{again.type}"
    )
    here.store.write(lambda tx: tx.emit(double))
    host.settle()
    assert here.witness.sequences("daily", "a") == [1]


def test_one_trace_runs_from_a_message_through_all_that_becomes_of_it(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.endpoint("weekly")
    here.witness.behaviours["daily"] = raises(TryAgain("503"))
    first = here.release("a")
    host.settle()
    settle_for(here, host, 60)
    here.withdraw(first, sequence=2)
    host.settle()
    bodies = here.store.read(lambda c: c.execute(select(events.c.body).order_by(events.c.position)).scalars().all())
    traces: dict[str, list[str]] = {}
    for one in map(decode, bodies):
        traces.setdefault(one.traceparent, []).append(type(one.data).__name__)
    released, withdrawn = traces.values()
    assert (released[0], withdrawn[0]) == ("NoticeReleased", "NoticeWithdrawn")
    assert sorted(set(released[1:])) == sorted(set(withdrawn[1:])) == ["DeliveryPlanned", "DeliveryTried"]
    assert released.count("DeliveryPlanned") == withdrawn.count("DeliveryPlanned") == 2
    assert released.count("DeliveryTried") == 3


def test_deliveries_of_an_endpoint_count_up_without_a_gap(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    for name in "abcdefgh":
        here.release(name)
    host.settle()
    assert sorted(a.endpoint_sequence for a in here.witness.at("daily")) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_an_old_version_that_is_tried_again_never_follows_a_newer_one(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("503"))
    here.release("a")
    host.settle()
    here.release("a", number=2)
    host.settle()
    settle_for(here, host, 60)
    assert here.witness.sequences("daily", "a") == [2]
    assert here.states("a") == {"daily": ["superseded", "delivered"]}


def test_a_channel_that_must_say_everything_says_it_in_order(here: Installation, host: Host) -> None:
    here.endpoint("archive", "audit")
    here.witness.behaviours["archive"] = raises(TryAgain("503"), TryAgain("503"))
    here.release("a", channels=("audit",))
    host.settle()
    here.release("a", number=2, channels=("audit",))
    host.settle()
    settle_for(here, host, 60)
    assert here.witness.sequences("archive", "a") == [1, 2]


def test_a_withdrawal_is_never_overtaken(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("reset"), TryAgain("reset"))
    first = here.release("a")
    host.settle()
    here.withdraw(first, sequence=2)
    host.settle()
    settle_for(here, host, 120)
    assert here.witness.sequences("daily", "a") == [2]


def test_a_correction_and_a_withdrawal_go_to_exactly_those_that_had_it(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.endpoint("weekly")
    first = here.release("a")
    host.settle()
    here.endpoint("new-paper")
    here.release("a", number=2)
    host.settle()
    here.withdraw(first, sequence=3)
    host.settle()
    assert here.witness.sequences("daily", "a") == [1, 2, 3]
    assert here.witness.sequences("weekly", "a") == [1, 2, 3]
    assert here.witness.at("new-paper") == []


def test_an_endpoint_added_while_running_hears_the_next_release(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.release("a")
    host.settle()
    here.endpoint("new-paper")
    here.release("b")
    host.settle()
    assert here.witness.sequences("new-paper", "b") == [1]


def test_one_that_is_down_keeps_nothing_from_the_others(here: Installation, host: Host) -> None:
    for name in ("first", "second", "third"):
        here.endpoint(name)
    here.witness.behaviours["first"] = raises(*[TryAgain("refused")] * 100)
    here.release("a")
    host.settle()
    assert here.witness.sequences("second", "a") == here.witness.sequences("third", "a") == [1]
    assert here.states("a")["first"] == ["planned"]


def test_throttled_for_ten_minutes_it_is_delivered_afterwards(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    end = here.clock.now() + timedelta(minutes=10)

    def throttles(step: str, work: Work) -> Answer:
        if here.clock.now() < end:
            raise TryAgain("429", throttled=True)
        return takes_it(step, work)

    here.witness.behaviours["daily"] = throttles
    here.release("a")
    host.settle()
    settle_for(here, host, 11 * 60)
    assert here.states("a") == {"daily": ["delivered"]}


def test_nothing_is_sent_before_the_time_the_outlet_asked_for(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("429", retry_after=120, throttled=True))
    here.release("a")
    here.release("b")
    host.settle()
    asked = len(here.witness.tried)
    settle_for(here, host, 115)
    assert len(here.witness.tried) == asked
    settle_for(here, host, 15)
    assert here.states("a") == here.states("b") == {"daily": ["delivered"]}


@pytest.mark.parametrize("minutes", [1 / 6, 1, 10, 60])
def test_after_an_outage_everything_arrives_within_a_minute(here: Installation, host: Host, minutes: float) -> None:
    here.endpoint("daily")
    back = here.clock.now() + timedelta(minutes=minutes)

    def down(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise TryAgain("connection refused")
        return takes_it(step, work)

    here.witness.behaviours["daily"] = down
    for name in "abcde":
        here.release(name)
        host.settle()
        settle_for(here, host, minutes * 12, step=max(2.0, minutes))
    while here.clock.now() < back:
        settle_for(here, host, 1, step=1)
    settle_for(here, host, 60)
    assert [here.states(name) for name in "abcde"] == [{"daily": ["delivered"]}] * 5


def test_an_open_breaker_uses_up_no_tries(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    back = here.clock.now() + timedelta(days=4)  # longer than the whole schedule of one message

    def down(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise TryAgain("connection refused")
        return takes_it(step, work)

    here.witness.behaviours["daily"] = down
    here.release("a")
    host.settle()
    settle_for(here, host, 4 * 86_400, step=3_600)
    settle_for(here, host, 120)
    assert here.states("a") == {"daily": ["delivered"]}


def test_a_refusal_is_tried_three_times_and_then_final(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(*[Refused("422 title")] * 9)
    here.release("a")
    here.release("b")
    host.settle()
    settle_for(here, host, 60)
    assert here.states("a") == {"daily": ["refused"]}
    assert here.causes("a") == ["422 title"] * 3


def test_one_that_is_gone_is_disabled_and_what_waits_goes_when_it_is_enabled(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(Gone("410"))
    here.release("a")
    here.release("b")
    host.settle()
    here.release("c")
    host.settle()
    assert here.states("a") == here.states("c") == {"daily": ["parked"]}
    here.store.write(lambda tx: enable(tx, "daily", by="测试"))
    host.settle()
    settle_for(here, host, 20)
    assert [here.states(name) for name in "abc"] == [{"daily": ["delivered"]}] * 3


def test_a_paused_endpoint_gets_nothing_until_it_goes_on(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.store.write(lambda tx: pause(tx, "daily", by="测试", why="维护", until=None))
    here.release("a")
    host.settle()
    assert here.witness.at("daily") == []
    here.store.write(lambda tx: resume(tx, "daily", by="测试"))
    host.settle()
    assert here.witness.sequences("daily", "a") == [1]


def test_a_pause_ends_by_itself(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    until = here.clock.now() + timedelta(minutes=5)
    here.store.write(lambda tx: pause(tx, "daily", by="测试", why="维护", until=until))
    here.release("a")
    host.settle()
    settle_for(here, host, 290)
    assert here.witness.at("daily") == []
    settle_for(here, host, 20)
    assert here.witness.sequences("daily", "a") == [1]


def test_what_has_expired_is_never_sent(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(*[TryAgain("503")] * 50)
    here.release("a", said={"urgency": "emergency", "expires_at": here.clock.now() + timedelta(minutes=3)})
    host.settle()
    settle_for(here, host, 180)
    tried = len(here.witness.tried)
    settle_for(here, host, 600)
    assert here.states("a") == {"daily": ["expired"]}
    assert len(here.witness.tried) == tried


def test_an_emergency_does_not_wait_behind_routine(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    for number in range(30):
        here.release(f"routine-{number:02}")
    here.release("fire", said={"urgency": "emergency", "expires_at": here.clock.now() + timedelta(hours=1)})
    host.settle()
    order = [a.subject for a in here.witness.at("daily")]
    assert order.index("fire") < 30
    assert len(order) == 31


def put(here: Installation, row: dict[str, Any]) -> None:
    """Put a row on the topics as it is."""
    here.store.write(lambda tx: tx.connection.execute(insert(events).values(**row)))


READERS = [stage.name for stage in STAGES if stage.topic == "notices"]


class Killed(BaseException):
    """The worker dies here."""


def test_three_parts_of_four_steps_survive_a_death_after_each(here: Installation, host: Host) -> None:
    """The last step asks to be asked again at a time; the worker dies once right after every single send."""
    here.endpoint("wechat", "keyed", parts=3, steps=("upload", "draft", "publish", "poll"))
    died: set[tuple[int, str]] = set()
    done: dict[tuple[int, str], int] = {}

    def behave(step: str, work: Work) -> Answer:
        at = (work.part, step)
        done[at] = done.get(at, 0) + 1
        if at not in died:
            died.add(at)
            raise Killed
        kept = {"done": [*work.scratch.get("done", []), step]}
        match step:
            case "publish":
                return Accepted("42", ask_again_at=here.clock.now() + timedelta(seconds=30), scratch=kept)
            case "poll":
                return Delivered("42")
            case _:
                return Done(kept)

    here.witness.behaviours["wechat"] = behave
    here.release("a")
    deaths = 0
    for _ in range(60):
        try:
            host.settle()
        except Killed:
            deaths += 1
            host.restart()
        here.clock.advance(5)
        if here.states("a") == {"wechat": ["delivered"]}:
            break
    assert here.states("a") == {"wechat": ["delivered"]}
    assert deaths == 12
    assert all(count == 2 for count in done.values()), "a step runs again after a death, and never otherwise"


def test_an_irreversible_send_whose_answer_was_never_seen_is_unknown(here: Installation, host: Host) -> None:
    here.endpoint("sms", "irreversible", parts=3)

    def behave(step: str, work: Work) -> Answer:
        if work.part == 1:
            raise Killed
        return takes_it(step, work)

    here.witness.behaviours["sms"] = behave
    here.release("a", channels=("irreversible",))
    with pytest.raises(Killed):
        host.settle()
    host.restart()
    host.settle()
    settle_for(here, host, 600, step=60)
    assert here.parts("a") == ["delivered", "unknown", "delivered"]
    assert here.states("a") == {"sms": ["unknown"]}
    assert [a.part for a in here.witness.tried] == [0, 1, 2], "nothing is sent twice"


def test_an_unsure_answer_is_repeated_under_the_same_key_unless_irreversible(here: Installation, host: Host) -> None:
    here.endpoint("daily", "keyed")
    here.endpoint("sms", "irreversible")
    here.witness.behaviours["daily"] = raises(Unsure("timed out"))
    here.witness.behaviours["sms"] = raises(Unsure("timed out"))
    here.release("a", channels=("keyed", "irreversible"))
    host.settle()
    settle_for(here, host, 120)
    assert here.states("a") == {"daily": ["delivered"], "sms": ["unknown"]}
    assert len({a.key for a in here.witness.tried if a.endpoint == "daily"}) == 1


def test_a_part_that_keeps_killing_its_worker_is_set_aside_for_a_person(here: Installation, host: Host) -> None:
    here.endpoint("daily")

    def poison(step: str, work: Work) -> Answer:
        if work.message.subject == "poison":
            raise Killed
        return takes_it(step, work)

    here.witness.behaviours["daily"] = poison
    here.release("poison")
    here.release("good")
    for _ in range(8):
        try:
            settle_for(here, host, 120)
            break
        except Killed:
            host.restart()
    assert here.states("poison") == {"daily": ["parked"]}
    assert here.states("good") == {"daily": ["delivered"]}


def test_an_exception_outside_the_contract_is_tried_again_and_then_parked(here: Installation, host: Host) -> None:
    here.endpoint("daily", "state")
    here.witness.behaviours["daily"] = raises(*[ValueError("a fault of ours")] * 99)
    here.release("a", channels=("state",))
    host.settle()
    settle_for(here, host, 7 * 86_400, step=7_200)  # 111 h at the longest draw of the jitter, and the steps' rounding
    assert here.states("a") == {"daily": ["parked"]}
    assert set(here.causes("a")) == {"ValueError: a fault of ours"}


def test_what_its_channel_has_no_step_for_waits_for_a_person(here: Installation, host: Host) -> None:
    here.endpoint("daily", steps=[])
    here.endpoint("weekly")
    here.release("a")
    host.settle()
    assert here.states("a") == {"daily": ["parked"], "weekly": ["delivered"]}
    assert [a.endpoint for a in here.witness.tried] == ["weekly"]


def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_good_move_on(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    bad = {"topic": "notices", "type": NoticeReleased.type, "key": "x", "at": here.clock.now()}
    put(here, {"id": "bad", "body": b"{", **bad})
    here.release("a")
    host.settle()
    assert here.states("a") == {"daily": ["delivered"]}
    rows = here.store.read(lambda c: c.execute(select(dead_letter)).all())
    assert {(row.stage, row.body, row.state) for row in rows} == {(stage, b"{", "waiting") for stage in READERS}
    assert rows[0].cause


@pytest.mark.logs_errors
def test_too_many_dead_letters_in_a_row_stop_the_line_until_a_person_lets_it_go_on(
    here: Installation, host: Host
) -> None:
    here.endpoint("daily")
    for number in range(LIMIT + 5):
        row = {"id": f"bad-{number}", "topic": "notices", "type": "?", "key": "x", "at": here.clock.now(), "body": b"{"}
        put(here, row)
    here.release("a")
    host.settle()
    assert here.states("a") == {}
    dead = here.store.read(lambda c: c.execute(select(func.count()).select_from(dead_letter)).scalar())
    assert dead == len(READERS) * LIMIT, "of each stage that reads the topic"
    assert sorted(here.store.write(dead_letters.resume)) == sorted(READERS)
    host.settle()
    here.store.write(dead_letters.resume)
    host.settle()
    assert here.states("a") == {"daily": ["delivered"]}


def test_a_zombie_writes_nothing(here: Installation, host: Host) -> None:
    """A worker that was stopped past its lease wakes up: another has the lane, and the zombie's answer is refused."""
    here.endpoint("daily", "irreversible")
    zombie = Deliverer(here.store, here.open_outlets("zombie"), "zombie")

    def sleeps(step: str, work: Work) -> Answer:
        here.witness.behaviours["daily"] = takes_it
        here.clock.advance(120)
        host.settle()  # the lease has lapsed: another worker takes over meanwhile
        return takes_it(step, work)

    here.witness.behaviours["daily"] = sleeps
    here.release("a", channels=("irreversible",))
    key = LaneKey("daily", urgent=False)
    carry_only(here, host, zombie, key)
    assert here.states("a") == {"daily": ["unknown"]}
    zombie.work(key)
    assert here.states("a") == {"daily": ["unknown"]}


def carry_only(here: Installation, host: Host, worker: Deliverer, key: LaneKey) -> None:
    """Let ``host`` carry the events while ``worker`` has the lane."""
    here.store.write(lambda tx: pause(tx, key.endpoint, by="测试", why="", until=None))
    host.settle()
    here.store.write(lambda tx: resume(tx, key.endpoint, by="测试"))
    assert worker.claim(1, urgent=key.urgent) == [key]
    worker.work(key)


def test_every_delivery_ends_in_one_state_and_the_ledger_tells_how(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = raises(TryAgain("reset"), TryAgain("reset"))
    here.release("a")
    host.settle()
    settle_for(here, host, 60)
    assert here.causes("a") == ["reset", "reset", ""]
    settled = here.store.read(lambda c: c.execute(select(delivery.c.settled_at)).scalar())
    assert settled is not None
