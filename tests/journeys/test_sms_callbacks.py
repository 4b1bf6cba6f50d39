"""What a vendor posts of real texts: the town knows in the end what the vendor's witness knows, and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.base import Answer, Outcome
from channels.sms import sending
from sandbox.misbehave import How
from streams.seal import Seal
from tests.journeys.phones import NUMBERS, Phones, phones
from tests.sandbox.sms.office import witness

ALL = len(NUMBERS)
REAL = sending.after


@pytest.fixture(params=["aliyun", "tencent"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Phones]:
    with phones(tmp_path, request.param) as found:
        yield found


def outcome(at: Phones, done: object) -> list[str]:
    return at.town.outcomes(done)["phones"]  # type: ignore[arg-type]  # what was published


@pytest.mark.parametrize("order", ["reversed", "mixed"])
def test_receipts_that_come_twice_and_out_of_order_are_the_witness_s(at: Phones, order: str) -> None:
    done = at.publish("按时办结情况")
    at.town.settle()
    assert at.states(done) == [Outcome.ACCEPTED] * ALL
    told = at.carrier(order=order, times=2, batch=1, outcomes={NUMBERS[1]: "UNDELIV", NUMBERS[6]: ""})
    assert told == {"receipts": ALL - 1, "taken": 2 * (ALL - 1), "waiting": 0}
    at.town.settle()
    assert at.totals() == at.witnessed() == {"delivered": 6, "failed": 1, "accepted": 1}
    assert outcome(at, done) == [Outcome.ACCEPTED], "one has no receipt yet"


def test_a_notice_is_delivered_as_soon_as_its_last_receipt_is_there(at: Phones) -> None:
    done = at.publish("按时办结情况")
    at.town.settle()
    assert at.carrier(times=1, batch=100)["waiting"] == 0
    at.town.settle()
    assert outcome(at, done) == [Outcome.DELIVERED]
    asked = [one for one in at.town.causes("phones") if one]
    at.pass_time(7_200)
    assert (outcome(at, done), at.town.causes("phones")) == ([Outcome.DELIVERED], asked)


def test_receipts_that_nobody_takes_are_asked_for(at: Phones) -> None:
    """The address that the vendor was given has a wrong token."""
    done = at.publish("按时办结情况")
    at.town.settle()
    assert at.carrier(token="0f9d3c5be1a274680f9d3c5be1a27460")["taken"] == 0
    assert at.states(done) == [Outcome.ACCEPTED] * ALL
    at.pass_time(900)
    assert at.totals() == at.witnessed() == {"delivered": ALL}


def test_a_receipt_may_be_there_before_the_answer_to_its_text(at: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was posted while the answer was on its way into the store; the vendor posts it again after a minute."""
    told: list[dict[str, Any]] = []

    def after(*args: Any, **besides: Any) -> Answer:
        if not told:
            told.append(at.carrier(batch=100))
        return REAL(*args, **besides)

    with monkeypatch.context() as patched:
        patched.setattr("channels.sms.sending.after", after)
        done = at.publish("按时办结情况")
        at.town.settle()
    assert told == [{"receipts": 3, "taken": 0, "waiting": 1}]
    assert at.totals() == {"accepted": ALL}
    at.carrier()
    at.office.clock.advance(60)
    at.until(lambda: at.totals() == at.witnessed())
    at.town.settle()
    assert (at.totals(), outcome(at, done)) == ({"delivered": ALL}, [Outcome.DELIVERED])


def test_of_a_request_whose_answer_nobody_saw_receipts_tell_what_the_vendor_lets_them(at: Phones) -> None:
    """阿里云 posts our mark, 腾讯云 does not: there it stays unknown, and nothing is guessed."""
    at.misbehave(How.RESET)
    done = at.publish("按时办结情况")
    at.town.settle()
    assert outcome(at, done) == [Outcome.UNKNOWN]
    told = at.carrier(batch=100)
    assert (told["taken"], told["waiting"]) == (0, 1)
    assert at.totals() == {"delivered": ALL - 3}, "what is known to be ours stands at once"
    at.pass_time(540)  # it is looked up after one minute, and posted again after one and five more
    if at.office.name == "aliyun":
        at.until(lambda: at.totals() == at.witnessed())
    at.pass_time(1_800)
    at.town.settle()
    known = at.office.name == "aliyun"
    assert at.totals() == {"delivered": ALL if known else ALL - 3}
    assert outcome(at, done) == [Outcome.DELIVERED if known else Outcome.UNKNOWN]
    assert {at.texted(number) for number in NUMBERS} == {1}


def test_who_answers_that_he_wants_no_more_is_left_out_of_the_next_message(at: Phones) -> None:
    at.publish("第一件")
    at.town.settle()
    at.carrier()
    assert at.answers(NUMBERS[2], "　退订。") == {"taken": 1, "waiting": 0}
    assert at.answers(NUMBERS[3], "几点下班") == {"taken": 1, "waiting": 0}
    at.pass_time(7_200)
    second = at.publish("第二件")
    at.town.settle()
    assert len(at.states(second)) == ALL - 1
    assert [at.texted(number) for number in NUMBERS] == [1 if number == NUMBERS[2] else 2 for number in NUMBERS]


def test_numbers_get_another_key_while_everything_runs(at: Phones) -> None:
    """Those that are sealed under the old one are opened still, and who opted out under it stays so."""
    at.publish("第一件")
    at.town.settle()
    at.carrier()
    assert at.answers(NUMBERS[0], "退订")["taken"] == 1
    at.pass_time(7_200)
    file = at.town.house.home / "secrets" / "numbers"
    file.write_text(f"{Seal.new_key()}\n{file.read_text('utf-8')}", "utf-8")
    at.publish("换了钥匙以后的一件")
    at.town.settle()
    assert [at.texted(number) for number in NUMBERS] == [1] + [2] * (ALL - 1)
    at.carrier()
    at.town.settle()
    assert at.totals() == at.witnessed()


def test_receipts_of_another_program_s_texts_change_nothing(at: Phones) -> None:
    """It has the same account, and texts the same people."""
    at.office.vendor().send([NUMBERS[0]], at.office.text("other.0"))
    at.office.clock.advance(61)
    done = at.publish("按时办结情况")
    at.town.settle()
    outcomes = {NUMBERS[0]: "UNDELIV"}
    assert at.carrier(outcomes=outcomes, batch=1)["waiting"] == 1, "it may be ours, as far as we know yet"
    at.pass_time(600)
    at.until(lambda: at.carrier()["waiting"] == 0)
    assert at.totals() == at.witnessed() == {"delivered": ALL - 1, "failed": 1}
    assert len(witness(at.office.server, at.office.name)) == ALL + 1
    assert outcome(at, done) == [Outcome.DELIVERED]
