"""What holds for both vendors, against their fakes: once, nothing lost, nobody named."""

import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from channels.base import Gone, Refused, TryAgain, Unsure
from channels.sms.key import Key
from channels.sms.vendor import SomeNumber, State, Text, Took
from config.clock import DrivenClock
from tests.channels.sms.vendors import NUMBER, OTHER, THIRD, Office, office
from tests.sandbox.sms.office import SIGN, TEXT, register, tell, witness

GATEWAY = {"aliyun": "Throttling.User", "tencent": "RequestLimitExceeded"}
MONEY = {"aliyun": "isv.OUT_OF_SERVICE", "tencent": "UnauthorizedOperation.ServiceSuspendDueToArrears"}
DAY = {"aliyun": "isv.DAY_LIMIT_CONTROL", "tencent": "LimitExceeded.AppDailyLimit"}
BLOCKED = {"aliyun": "isv.BLACK_KEY_CONTROL_LIMIT", "tencent": "FailedOperation.PhoneNumberInBlacklist"}
NOBODY = "12345678901"
SYSTEM = {"aliyun": "isp.SYSTEM_ERROR", "tencent": "InternalError.Timeout"}


@pytest.fixture(scope="module", params=["aliyun", "tencent"])
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp(request.param), request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(at: Office) -> Iterator[None]:
    yield
    at.server.misbehave(how="well")
    register(at.server.home)
    at.clock.advance(86_400)  # no limit of one test is another's


def sent(at: Office) -> list[dict[str, Any]]:
    """What the vendor was given."""
    return witness(at.server, at.name)


def test_every_number_has_the_text_once_with_our_mark(at: Office) -> None:
    before = len(sent(at))
    results = at.vendor().send([NUMBER, OTHER, THIRD], at.text("d-1.7"))
    kept = sent(at)[before:]
    assert [line["number"] for line in kept] == [NUMBER, OTHER, THIRD]
    assert {(line["text"], line["mark"]) for line in kept} == {(TEXT, "d-1.7")}
    assert results == [Took(line["serial"]) for line in kept]


def test_as_many_as_the_vendor_takes_at_once_and_not_one_more(at: Office) -> None:
    before = len(sent(at))
    vendor, many = at.vendor(), [str(13_000_000_000 + each) for each in range(at.vendor().most + 1)]
    assert len(vendor.send(many[:-1], at.text())) == vendor.most
    assert len(sent(at)) == before + vendor.most
    for wrong in (many, [], [NUMBER, NUMBER]):
        with pytest.raises(ValueError, match="each once") as raised:
            vendor.send(wrong, at.text())
        assert NUMBER not in str(raised.value)


@pytest.mark.parametrize(
    "command",
    [
        {"how": "slow", "seconds": 30},
        {"how": "reset"},
        {"how": "drop"},
        {"how": "drip", "seconds": 0},
        {"how": "after", "status": 503},
        {"how": "after", "status": 200},
        {"how": "status", "status": 500},
        {"how": "status", "status": 408},
    ],
    ids=lambda command: f"{command['how']}{command.get('status', '')}",
)
def test_whatever_may_have_been_sent_is_never_sure(at: Office, command: dict[str, Any]) -> None:
    before = len(sent(at))
    at.misbehave(**command, times=1)
    with pytest.raises(Unsure):
        at.vendor(total=1).send([NUMBER, OTHER], at.text())
    assert len(sent(at)) - before == (0 if command["how"] == "status" else 2)


@pytest.mark.parametrize(("status", "means"), [(302, TryAgain), (403, Refused), (404, Refused), (429, TryAgain)])
def test_what_something_on_the_way_did_not_let_through_was_not_sent(
    at: Office, status: int, means: type[Exception]
) -> None:
    before = len(sent(at))
    at.misbehave(how="status", status=status, times=1)
    with pytest.raises(means):
        at.vendor().send([NUMBER], at.text())
    assert len(sent(at)) == before


def test_nobody_there_is_surely_not_sent(at: Office) -> None:
    with pytest.raises(TryAgain):
        at.vendor(origin="http://127.0.0.1:9").send([NUMBER], at.text())


@pytest.mark.parametrize(
    ("codes", "means", "says"),
    [
        (GATEWAY, TryAgain, True),
        (DAY, TryAgain, False),
        (MONEY, Gone, None),
        (BLOCKED, SomeNumber, None),
        (SYSTEM, Unsure, None),
    ],
    ids=["gateway", "day", "money", "blocked", "system"],
)
def test_a_code_of_the_whole_request_sends_to_nobody(
    at: Office, codes: dict[str, str], means: type[Exception], says: bool | None
) -> None:
    before = len(sent(at))
    at.misbehave(how="code", code=codes[at.name], times=1)
    with pytest.raises(means, match=codes[at.name]) as raised:
        at.vendor().send([NUMBER, OTHER], at.text())
    assert getattr(raised.value, "throttled", None) is says
    assert len(sent(at)) == before


def test_a_day_that_is_used_up_is_asked_again_within_the_hour(at: Office) -> None:
    at.misbehave(how="code", code=DAY[at.name], times=1)
    with pytest.raises(TryAgain) as raised:
        at.vendor().send([NUMBER], at.text())
    assert raised.value.retry_after == 3_600


def test_a_signature_or_a_template_that_is_not_approved_is_final(at: Office) -> None:
    texts = [at.text(), Text({"aliyun": "SMS_000004", "tencent": "1004"}[at.name], (), "d-1.0")]
    for vendor, given in zip((at.vendor(sign="别的签名"), at.vendor()), texts, strict=True):
        with pytest.raises(Refused) as raised:
            vendor.send([NUMBER, OTHER], given)
        assert raised.value.final
    with pytest.raises(Refused) as raised:
        at.vendor().send([NUMBER], at.text(top="见www.example.cn"))
    assert raised.value.final


def test_an_account_that_is_stopped_or_has_no_money_is_gone(at: Office) -> None:
    register(at.server.home, **{at.name: "stopped = true"})
    with pytest.raises(Gone):
        at.vendor().send([NUMBER, OTHER], at.text())
    register(at.server.home, **{at.name: "balance = 0"})
    with pytest.raises(Gone):
        at.vendor().send([NUMBER, OTHER], at.text())


def test_a_wrong_key_is_gone_and_not_shown(at: Office) -> None:
    for key in (Key("LTAIother", "x" * 30), Key(at.key.identity, "another-secret-of-ours")):
        with pytest.raises(Gone) as raised:
            at.vendor(key=key).send([NUMBER], at.text())
        assert key.secret not in str(raised.value) + repr(key)
        with pytest.raises(TryAgain):
            at.vendor(key=key).find(NUMBER, "d-1.0", at.clock.now())


def test_a_clock_that_is_off_passes_by_itself(at: Office) -> None:
    slow = Office(at.server, at.name, DrivenClock(at.clock.now() - timedelta(seconds=1_000)))
    with pytest.raises(TryAgain):
        slow.vendor().send([NUMBER], at.text())


def test_templates_and_signatures_are_told_with_their_review(at: Office) -> None:
    vendor = at.vendor()
    codes = {"aliyun": "SMS_00000{}", "tencent": "100{}"}[at.name]
    approved, reviewing = vendor.template(codes.format(1)), vendor.template(codes.format(4))
    assert approved is not None
    assert reviewing is not None
    assert (approved.state, approved.reason) == (State.APPROVED, "")
    assert approved.text.endswith("前补缴。详询12333。")
    assert (reviewing.state, reviewing.text) == (State.REVIEWING, "审核中的模板。")
    assert vendor.template(codes.format(9)) is None
    assert vendor.template("no such code") is None
    assert vendor.sign_state(SIGN) is State.APPROVED
    assert vendor.sign_state("没有这个") is None


@pytest.mark.parametrize("command", [{"how": "drop"}, {"how": "after", "status": 500}, {"how": "code"}])
def test_a_question_that_is_not_answered_is_put_again(at: Office, command: dict[str, Any]) -> None:
    code = {"code": SYSTEM[at.name]} if command["how"] == "code" else {}
    vendor, now = at.vendor(), at.clock.now()
    for ask in (
        lambda: vendor.find(NUMBER, "d-1.0", now),
        lambda: vendor.receipt(NUMBER, "", "d-1.0", now),
        lambda: vendor.template("1001"),
        lambda: vendor.sign_state(SIGN),
    ):
        at.misbehave(**command, **code, times=1)
        with pytest.raises(TryAgain):
            ask()


def test_a_question_that_a_stopped_account_may_not_put_says_so(at: Office) -> None:
    """What only a person can mend is told with what to do, and not as a silence that passes."""
    wrong = at.vendor(key=Key(at.key.identity, "0" * 30))
    with pytest.raises(TryAgain, match="密钥") as refused:
        wrong.find(NUMBER, "d-1.0", at.clock.now())
    assert "没有答复" not in str(refused.value)
    at.misbehave(how="code", code=SYSTEM[at.name], times=1)
    with pytest.raises(TryAgain, match="没有答复"):
        at.vendor().find(NUMBER, "d-1.0", at.clock.now())


def test_a_receipt_is_known_by_its_reference(at: Office) -> None:
    vendor, since = at.vendor(), at.clock.now()
    results = vendor.send([NUMBER, OTHER], at.text())
    first, second = (result.reference for result in results if isinstance(result, Took))
    assert vendor.receipt(NUMBER, first, "d-1.0", since) is None
    at.clock.advance(40)
    tell(at.server, at.name, "receipts", to="", outcomes={OTHER: "UNDELIV"})
    arrived, lost = vendor.receipt(NUMBER, first, "d-1.0", since), vendor.receipt(OTHER, second, "d-1.0", since)
    assert arrived is not None
    assert lost is not None
    assert (arrived.number, arrived.reference, arrived.arrived) == (NUMBER, first, True)
    assert arrived.code in {"DELIVERED", "DELIVRD"}
    assert (lost.number, lost.arrived, lost.code) == (OTHER, False, "UNDELIV")
    assert arrived.at == at.clock.now()
    assert arrived.at.tzinfo is not None
    assert vendor.receipt(NUMBER, "another", "d-1.0", since) is None
    assert NUMBER not in repr(arrived)


@pytest.mark.parametrize("how", ["well", "drop", "reset", "status"])
def test_no_number_and_no_secret_is_in_a_log_or_a_traceback(
    at: Office, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    at.misbehave(how=how, times=1)
    told = []
    for act in (
        lambda: at.vendor().send([NUMBER, OTHER], at.text()),
        lambda: at.vendor().find(NUMBER, "d-1.0", at.clock.now()),
        lambda: at.vendor().send([NUMBER, NOBODY], at.text()),
    ):
        try:
            told.append(repr(act()))
        except (SomeNumber, TryAgain, Unsure) as error:
            told += traceback.format_exception(error)
    everything = caplog.text + "".join(told)
    assert not any(one in everything for one in (NUMBER, OTHER, NOBODY, at.key.secret, at.key.identity))


def test_a_mark_comes_back_as_it_is() -> None:
    for mark in ("", "x" * 201, "消息", "a\nb"):
        with pytest.raises(ValueError, match="a mark is"):
            Text("1001", (), mark)
    Text("1001", (), "x" * 200)
