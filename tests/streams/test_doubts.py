"""Sends whose answer nobody saw, at an outlet that can be asked: looked up, never repeated on a guess."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from channels.base import DECIDED, Accepted, Answer, Done, NotYet, Outcome, Reached, TryAgain, Unsure, Work
from notices.notice import Message
from producers.totals import Totals, totals
from producers.unknowns import unknowns
from producers.verify_books import Flaw
from producers.verify_deliveries import verify_deliveries
from streams.audiences import Audience, define, opt_out, read_in
from streams.decide import Decision, NotAgain, NotUnknown, decide
from streams.disable import enable
from streams.reached import ended, report, tell
from streams.seal import Seal
from streams.self_check import findings
from streams.store.store import Tx
from streams.store.tables import attempt, audit, endpoint, message, part, reached
from tests.streams.doubles import Double
from tests.streams.hosts import Host
from tests.streams.installation import Installation

NUMBERS = [f"1390000{number:04}" for number in range(8)]
HALF = 4


class Killed(BaseException):
    """The worker dies here."""


@pytest.fixture
def persons(here: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with an audience of eight and an endpoint that can be asked."""
    monkeypatch.setenv("GONGKAI_SECRET_NUMBERS", Seal.new_key())
    here.store.write(
        lambda tx: define(tx, Audience("pensioners", "rsj", "领取养老金人员", "社会保险法第四条", 30), by="测试")
    )
    read_in(here.store, here.outlets.seal(), "pensioners", NUMBERS, by="测试")
    here.endpoint("phones", "asks", audience="pensioners")
    return here


class Carrier:
    """Takes half of what is left at a time, loses what is told, and answers what became of the last one."""

    def __init__(self, here: Installation, *, loses: Callable[[int], BaseException | None]) -> None:
        self.here, self.loses = here, loses
        self.got: list[str] = []  # every text that a phone got
        self.sends = self.asked = 0
        self.there: bool | None = True  # what it answers when asked; None: it cannot be asked

    def __call__(self, step: str, work: Work) -> Answer:
        if work.doubted_since is not None:
            return self.look(work)
        if work.taken:
            return Accepted()  # nothing more is known
        now = work.recipients[:HALF]
        self.sends += 1
        if (failure := self.loses(self.sends)) is not None:
            self.got += [one.number for one in now] if self.there else []
            raise failure
        self.got += [one.number for one in now]
        each = {one.place: Reached(Outcome.ACCEPTED) for one in now}
        return Done(each=each) if len(now) < len(work.recipients) else Accepted(each=each)

    def look(self, work: Work) -> Answer:
        now = work.recipients[:HALF]
        if decided := work.scratch.get(DECIDED):
            state = Outcome.ACCEPTED if decided == "arrived" else Outcome.REFUSED
            return Done({DECIDED: None}, each={one.place: Reached(state) for one in now})
        self.asked += 1
        if self.there is None:
            raise TryAgain("it does not answer")
        if self.there:
            return Done({"absent": 0}, each={one.place: Reached(Outcome.ACCEPTED) for one in work.recipients[:HALF]})
        if work.scratch.get("absent"):
            return Done({"absent": 0})
        return NotYet(self.here.clock.now() + timedelta(minutes=10), "not there yet", {"absent": 1})


def flaws(here: Installation) -> list[Flaw]:
    """What the verifier finds in the books."""
    return [flaw for found in here.store.read(lambda c: list(verify_deliveries(c))) for flaw in found]


def run(here: Installation, host: Host, carrier: Carrier, minutes: int = 15) -> list[str]:
    """Release and let time pass; the states of the parts."""
    here.witness.behaviours["phones"] = carrier
    here.release("a", channels=("asks",))
    for _ in range(minutes):
        try:
            host.settle()
        except Killed:
            host.restart()
        here.clock.advance(60)
    return here.parts("a")


@pytest.mark.parametrize("failure", [Unsure("timed out"), ValueError("a fault of ours"), Killed()])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("there", [True, False])
def test_what_was_lost_is_looked_up_and_everybody_gets_it_once(
    persons: Installation, host: Host, failure: BaseException, nth: int, *, there: bool
) -> None:
    carrier = Carrier(persons, loses=lambda number: failure if number == nth else None)
    carrier.there = there
    assert run(persons, host, carrier) == ["accepted"]
    assert sorted(carrier.got) == NUMBERS
    assert carrier.asked == (1 if there else 2), "absence is believed when it was seen twice"
    assert flaws(persons) == []


def test_while_nobody_can_tell_it_is_unknown_and_nothing_goes_out(persons: Installation, host: Host) -> None:
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = None
    assert run(persons, host, carrier) == ["unknown"]
    assert carrier.asked > 2
    assert carrier.sends == 1
    carrier.there = False
    for _ in range(300):
        host.settle()
        persons.clock.advance(600)
    assert persons.parts("a") == ["accepted"]
    assert sorted(carrier.got) == NUMBERS


@pytest.mark.parametrize("texts", [1, 3])
def test_an_outlet_that_cannot_be_asked_is_sent_to_all_the_same(persons: Installation, host: Host, texts: int) -> None:
    """Its questions fail for days: what is new goes out, and nobody disables it."""

    def mute(step: str, work: Work) -> Answer:
        if work.scratch.get("sent"):
            raise TryAgain("no permission to ask", retry_after=3_600, throttled=True)
        each = {one.place: Reached(Outcome.ACCEPTED) for one in work.recipients}
        return Accepted(each=each, ask_again_at=persons.clock.now() + timedelta(minutes=1), scratch={"sent": True})

    persons.witness.behaviours["phones"] = mute
    for number in range(texts):
        persons.release(f"old{number}", channels=("asks",))
    for _ in range(200):
        host.settle()
        persons.clock.advance(3_600)
    persons.release("new", channels=("asks",))
    host.settle()
    assert [one.subject for one in persons.witness.at("phones")][-1] == "new"
    assert persons.states("new") == {"phones": ["accepted"]}
    assert persons.store.read(lambda c: c.execute(select(endpoint.c.state)).scalar()) == "enabled"


@pytest.mark.parametrize("decision", [Decision.ARRIVED, Decision.LOST])
def test_what_a_person_decides_during_a_look_up_stands(persons: Installation, host: Host, decision: Decision) -> None:
    """The look-up comes back with an absence, and would have it sent again."""
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = False
    run(persons, host, carrier, minutes=3)
    (name,) = persons.store.read(lambda c: c.execute(select(part.c.delivery)).scalars().all())
    look = carrier.look

    def meanwhile(work: Work) -> Answer:
        if not work.scratch.get(DECIDED):
            persons.store.write(lambda tx: decide(tx, persons.outlets, name, 0, decision, why="查过了", by="测试"))
        return look(work)

    carrier.look = meanwhile  # type: ignore[method-assign]  # of this test
    for _ in range(30):
        host.settle()
        persons.clock.advance(60)
    assert carrier.sends == 2
    assert sorted(carrier.got) == NUMBERS[HALF:], "the rest of the part, and nobody else, is sent to"
    states = persons.store.read(lambda c: c.execute(select(reached.c.state).order_by(reached.c.place)).scalars().all())
    found = "accepted" if decision is Decision.ARRIVED else "refused"
    assert states == [found] * HALF + ["accepted"] * HALF
    assert persons.parts("a") == ["accepted"]
    assert flaws(persons) == []


def test_a_person_may_decide_while_it_is_looked_up(persons: Installation, host: Host) -> None:
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 2 else None)
    carrier.there = None
    run(persons, host, carrier, minutes=2)
    (name,) = persons.store.read(lambda c: c.execute(select(part.c.delivery)).scalars().all())
    persons.store.write(lambda tx: decide(tx, persons.outlets, name, 0, Decision.AGAIN, why="查过了", by="测试"))
    host.settle()
    assert persons.parts("a") == ["accepted"]
    assert sorted(carrier.got[:HALF] + carrier.got[-HALF:]) == NUMBERS, "who had it already gets nothing again"


def test_what_a_person_found_out_is_proof(persons: Installation, host: Host) -> None:
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = None
    run(persons, host, carrier, minutes=1)
    (name,) = persons.store.read(lambda c: c.execute(select(part.c.delivery)).scalars().all())
    persons.store.write(lambda tx: decide(tx, persons.outlets, name, 0, Decision.ARRIVED, why="查过了", by="测试"))
    host.settle()
    assert persons.parts("a") == ["accepted"]
    assert flaws(persons) == []


def test_it_is_looked_up_for_whoever_opted_out_since_and_not_for_who_had_before(
    persons: Installation, host: Host
) -> None:
    seal, looked_up = persons.outlets.seal(), []
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)

    def asked(step: str, work: Work) -> Answer:
        if work.doubted_since is not None:
            looked_up.append([one.number for one in work.recipients])
        return carrier(step, work)

    persons.store.write(lambda tx: opt_out(tx, "rsj", [seal.blind(NUMBERS[0])], how="测试"))
    persons.clock.advance(1)
    persons.witness.behaviours["phones"] = asked
    persons.release("a", channels=("asks",))
    host.settle()
    persons.clock.advance(1)
    persons.store.write(lambda tx: opt_out(tx, "rsj", [seal.blind(NUMBERS[1])], how="测试"))
    persons.store.write(lambda tx: opt_out(tx, "rsj", [seal.blind(NUMBERS[7])], how="测试"))
    persons.clock.advance(60)
    host.settle()
    assert looked_up == [NUMBERS[1:]]
    assert carrier.got == NUMBERS[1:7], "who opted out in time gets nothing of the rest"


def test_of_whom_it_is_found_out_first_nobody_asks_again(persons: Installation, host: Host) -> None:
    asked = []

    def one_by_one(step: str, work: Work) -> Answer:
        if work.doubted_since is None:
            raise Unsure("timed out")
        asked.append(len(work.recipients))
        later, first = persons.clock.now() + timedelta(minutes=1), work.recipients[0]
        found = {first.place: Reached(Outcome.ACCEPTED)}
        return NotYet(later, "the others are not there yet", each=found) if len(asked) < 8 else Accepted(each=found)

    persons.witness.behaviours["phones"] = one_by_one
    persons.release("a", channels=("asks",))
    for _ in range(12):
        host.settle()
        persons.clock.advance(60)
    assert asked == [8, 7, 6, 5, 4, 3, 2, 1]
    assert persons.parts("a") == ["accepted"]
    assert flaws(persons) == []


def test_a_newer_message_leaves_a_doubt_as_it_is(persons: Installation, host: Host) -> None:
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = None
    run(persons, host, carrier, minutes=1)
    persons.release("a", channels=("asks",), number=2)
    for _ in range(3):
        host.settle()
        persons.clock.advance(60)
    assert persons.parts("a") == ["unknown", "accepted"]
    assert sorted(carrier.got[-8:]) == NUMBERS, "whoever may have had the first hears of the second"


def test_a_finding_that_cannot_be_applied_is_asked_for_once_more(
    persons: Installation, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something is wrong with the part: it waits for a person, who must find it in the list."""
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = None
    run(persons, host, carrier, minutes=1)
    (name,) = persons.store.read(lambda c: c.execute(select(part.c.delivery)).scalars().all())

    def arrived(tx: Tx) -> None:
        decide(tx, persons.outlets, name, 0, Decision.ARRIVED, why="查过了", by="测试")

    def breaks(self: Double, work: Work) -> str:
        raise LookupError("nobody approved this")

    with monkeypatch.context() as patched:
        patched.setattr(Double, "next_step", breaks)
        for _ in range(2):
            persons.store.write(arrived)
            host.settle()
            assert persons.parts("a") == ["unknown"]
    persons.store.write(arrived)
    host.settle()
    assert persons.parts("a") == ["accepted"]


@pytest.mark.parametrize("channel", ["irreversible", "keyed"])
def test_an_endpoint_that_cannot_be_asked_any_more_is_not_sent_to(
    persons: Installation, host: Host, channel: str
) -> None:
    carrier = Carrier(persons, loses=lambda number: Unsure("timed out") if number == 1 else None)
    carrier.there = None
    run(persons, host, carrier, minutes=1)
    other = update(endpoint).where(endpoint.c.id == "phones").values(channel=channel)
    persons.store.write(lambda tx: tx.connection.execute(other))
    asked = carrier.asked
    for _ in range(5):
        host.settle()
        persons.clock.advance(60)
    persons.store.write(lambda tx: enable(tx, "phones", by="测试"))
    host.settle()
    assert persons.parts("a") == ["unknown"]
    assert (carrier.sends, carrier.asked) == (1, asked)


def test_what_waits_for_its_hour_uses_up_no_tries(persons: Installation, host: Host) -> None:
    morning = persons.clock.now() + timedelta(hours=10)

    def quiet(step: str, work: Work) -> Answer:
        if persons.clock.now() < morning:
            return NotYet(morning, "quiet hours")
        return Accepted(each={one.place: Reached(Outcome.ACCEPTED) for one in work.recipients})

    persons.witness.behaviours["phones"] = quiet
    persons.release("a", channels=("asks",))
    host.settle()
    assert persons.parts("a") == ["planned"]
    tried = persons.store.read(lambda c: c.execute(select(attempt.c.outcome, attempt.c.cause)).all())
    assert [tuple(row) for row in tried] == [("waits", "quiet hours")]
    persons.clock.advance(36_000)
    host.settle()
    assert persons.parts("a") == ["accepted"]


def test_when_the_last_ones_left_drop_out_the_others_are_asked_after(persons: Installation, host: Host) -> None:
    asked: list[int] = []

    def one_is_left(step: str, work: Work) -> Answer:
        if work.taken:
            asked.append(len(work.recipients))
            return Accepted()
        *now, last = work.recipients
        persons.store.write(lambda tx: opt_out(tx, "rsj", [persons.outlets.seal().blind(last.number)], how="回复退订"))
        return Done(each={one.place: Reached(Outcome.ACCEPTED) for one in now})

    persons.witness.behaviours["phones"] = one_is_left
    persons.release("a", channels=("asks",))
    host.settle()
    assert asked == [7]
    assert persons.parts("a") == ["accepted"]


# -- receipts ------------------------------------------------------------------------------------


def test_a_part_ends_as_its_receipts_say(persons: Installation, host: Host) -> None:
    def asks_later(step: str, work: Work) -> Answer:
        if step_of(work) == "send":
            each = {one.place: Reached(Outcome.ACCEPTED) for one in work.recipients}
            return Accepted(each=each, ask_again_at=persons.clock.now() + timedelta(minutes=1), scratch={"sent": True})
        now = persons.clock.now()
        first, *others = work.recipients
        each = {first.place: Reached(Outcome.DELIVERED, reported_at=now)}
        return Accepted(each=each, ask_again_at=now + timedelta(minutes=1) if others else None)

    persons.witness.behaviours["phones"] = asks_later
    persons.release("a", channels=("asks",))
    for _ in range(12):
        host.settle()
        persons.clock.advance(60)
    asked = [len(one.numbers) for one in persons.witness.at("phones")]
    assert asked == [8, 8, 7, 6, 5, 4, 3, 2, 1], "whose receipt came is not asked for again"
    states = persons.store.read(lambda c: c.execute(select(reached.c.state)).scalars().all())
    assert set(states) == {"delivered"}
    assert persons.parts("a") == ["accepted"], "the last one to ask for said so"
    assert flaws(persons) == []


def step_of(work: Work) -> str:
    """What the double is at."""
    return "ask" if work.scratch.get("sent") else "send"


@pytest.mark.parametrize(
    ("states", "end"),
    [
        ([], Outcome.CANCELLED),
        ([Outcome.REFUSED], Outcome.REFUSED),
        ([Outcome.REFUSED, Outcome.FAILED], Outcome.FAILED),
        ([Outcome.REFUSED, Outcome.DELIVERED], Outcome.DELIVERED),
        ([Outcome.DELIVERED, Outcome.ACCEPTED], Outcome.ACCEPTED),
    ],
)
def test_a_part_without_anybody_left_ends_so(states: list[Outcome], end: Outcome) -> None:
    assert ended(states) is end


REPORTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([Outcome.DELIVERED, Outcome.FAILED]), st.integers(0, 3)), max_size=12
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REPORTS, data=st.data())
def test_receipts_in_any_order_end_in_the_same_totals(
    here: Installation, reports: list[tuple[int, Outcome, int]], data: st.DataObject
) -> None:
    begun = here.clock.now()

    def row(name: str, place: int, state: Outcome, minute: int | None) -> dict[str, object]:
        at = None if minute is None else begun + timedelta(minutes=minute)
        return {
            "delivery": name,
            "place": place,
            "state": state,
            "reference": "",
            "cause": "",
            "at": begun,
            "reported_at": at,
        }

    def ends(name: str, order: list[tuple[int, Outcome, int]]) -> list[tuple[int, str]]:
        here.store.write(lambda tx: tx.connection.execute(reached.delete()))
        here.store.write(lambda tx: tell(tx, [row(name, place, Outcome.ACCEPTED, None) for place in range(4)]))
        for place, state, minute in order:
            here.store.write(partial(tell, rows=[row(name, place, state, minute)]))
        found = select(reached.c.place, reached.c.state).where(reached.c.delivery == name).order_by(reached.c.place)
        return [tuple(one) for one in here.store.read(lambda c: c.execute(found).all())]

    assert ends("a", reports) == ends("b", data.draw(st.permutations(reports)))


# -- persons in doubt of a part that is over -----------------------------------------------------------------------

DOUBTED = (1, 4)


def doubtful(here: Installation, host: Host) -> str:
    """A part that is over in which two of eight are in doubt; its delivery."""

    def tells(step: str, work: Work) -> Answer:
        each = {one.place: Reached(Outcome.ACCEPTED) for one in work.recipients}
        some = {place: Reached(Outcome.UNKNOWN, cause="neither yes nor no") for place in DOUBTED}
        return Accepted(each={**each, **some} if len(each) == len(NUMBERS) else each)

    here.witness.behaviours["phones"] = tells
    here.release("a", channels=("asks",))
    host.settle()
    assert here.parts("a") == ["accepted"]
    return str(here.store.read(lambda c: c.execute(select(part.c.delivery)).scalar_one()))


def of_persons(here: Installation, name: str) -> dict[int, str]:
    """What stands of each."""
    wanted = select(reached.c.place, reached.c.state).where(reached.c.delivery == name)
    return dict(here.store.read(lambda c: [tuple(row) for row in c.execute(wanted)]))


def counted(here: Installation, name: str) -> Totals:
    """What ``gongkai status`` says of its persons."""
    return here.store.read(lambda c: totals(c, [name]))[name]


def settled(here: Installation, name: str, decision: Decision) -> None:
    here.store.write(lambda tx: decide(tx, here.outlets, name, 0, decision, why="平台上查过", by="测试"))


def test_who_is_in_doubt_in_a_part_that_is_over_is_listed_masked_and_no_more(persons: Installation, host: Host) -> None:
    name = doubtful(persons, host)
    (one,) = persons.store.read(lambda c: unknowns(c, persons.outlets.seal()))
    assert (one.name, one.recipients, one.whole, one.cause) == (f"{name}.0", 2, False, "neither yes nor no")
    assert one.persons == ("139****0001", "139****0004")
    assert not any(number in repr(one) for number in NUMBERS)
    assert persons.store.read(unknowns)[0].persons == ()
    office = persons.store.read(lambda c: c.execute(select(endpoint.c.office)).scalars().first())
    assert office is not None
    assert persons.store.read(lambda c: findings(c, office, persons.clock.now()))["unknown"] == 1, "the self-check too"


@pytest.mark.parametrize(
    ("decision", "state", "hears"),
    [(Decision.ARRIVED, "accepted", NUMBERS), (Decision.LOST, "failed", [*NUMBERS[:1], *NUMBERS[2:4], *NUMBERS[5:]])],
)
def test_what_a_person_says_of_them_stands_and_a_correction_follows_it(
    persons: Installation, host: Host, decision: Decision, state: str, hears: list[str]
) -> None:
    name = doubtful(persons, host)
    assert counted(persons, name) == Totals(taken=6, unknown=2)
    settled(persons, name, decision)
    host.settle()
    assert counted(persons, name) == (Totals(taken=8) if decision is Decision.ARRIVED else Totals(taken=6, failed=2))
    told = of_persons(persons, name)
    assert {told[place] for place in DOUBTED} == {state}
    assert {told[place] for place in told if place not in DOUBTED} == {"accepted"}
    assert persons.store.read(unknowns) == []
    assert persons.parts("a") == ["accepted"]
    sent = len(persons.witness.at("phones"))
    persons.release("a", channels=("asks",), number=2)
    host.settle()
    assert [sorted(one.numbers) for one in persons.witness.at("phones")[sent:]] == [hears]
    with pytest.raises(NotUnknown):
        settled(persons, name, Decision.AGAIN)
    (said,) = persons.store.read(
        lambda c: c.execute(select(audit.c.detail).where(audit.c.act == "unknown.decided")).scalars().all()
    )
    assert {"why": "平台上查过", "recipients": 2, "decision": str(decision)}.items() <= json.loads(said).items()
    assert not any(number in said for number in NUMBERS)
    assert flaws(persons) == []


@pytest.mark.parametrize(("decision", "many"), [(Decision.ARRIVED, 8), (Decision.LOST, 6), (None, 8)])
def test_a_withdrawal_goes_to_whoever_may_have_it(
    persons: Installation, host: Host, decision: Decision | None, many: int
) -> None:
    """As long as nobody has said that it never arrived, it may have."""
    name = doubtful(persons, host)
    if decision is not None:
        settled(persons, name, decision)
    content = persons.store.read(lambda c: c.execute(select(message.c.content)).scalar_one())
    sent = len(persons.witness.at("phones"))
    persons.withdraw(Message.model_validate_json(content), sequence=2)
    host.settle()
    (one,) = persons.witness.at("phones")[sent:]
    assert len(one.numbers) == many
    assert ({NUMBERS[place] for place in DOUBTED} <= set(one.numbers)) is (decision is not Decision.LOST)
    assert flaws(persons) == []


def test_once_more_goes_to_them_alone(persons: Installation, host: Host) -> None:
    name = doubtful(persons, host)
    settled(persons, name, Decision.AGAIN)
    host.settle()
    assert [sorted(one.numbers) for one in persons.witness.at("phones")] == [NUMBERS, [NUMBERS[1], NUMBERS[4]]]
    assert set(of_persons(persons, name).values()) == {"accepted"}
    assert persons.parts("a") == ["accepted"]
    assert flaws(persons) == []


def test_of_a_part_that_was_stopped_nobody_is_sent_to_once_more(persons: Installation, host: Host) -> None:
    name = doubtful(persons, host)
    persons.store.write(lambda tx: tx.connection.execute(update(part).values(state=Outcome.EXPIRED)))
    with pytest.raises(NotAgain):
        settled(persons, name, Decision.AGAIN)
    settled(persons, name, Decision.LOST)
    assert persons.parts("a") == ["expired"]
    assert persons.store.read(unknowns) == []


def test_whom_somebody_still_asks_after_is_not_a_persons_to_settle(persons: Installation, host: Host) -> None:
    name = doubtful(persons, host)
    later = persons.clock.now() + timedelta(hours=1)
    persons.store.write(lambda tx: tx.connection.execute(update(part).values(due_at=later)))
    assert persons.store.read(unknowns) == []
    with pytest.raises(NotUnknown):
        settled(persons, name, Decision.LOST)


def test_a_receipt_that_comes_after_all_says_more_than_a_person(persons: Installation, host: Host) -> None:
    name = doubtful(persons, host)
    settled(persons, name, Decision.LOST)
    heard = {"delivery": name, "place": 1, "state": Outcome.DELIVERED, "cause": "", "reported_at": persons.clock.now()}
    persons.store.write(lambda tx: report(tx, [heard]))
    assert of_persons(persons, name)[1] == "delivered"
