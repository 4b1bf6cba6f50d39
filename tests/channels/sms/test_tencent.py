"""腾讯云短信: each number has a result of its own, and receipts alone are known of a text."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from channels.base import Gone, HttpAnswer, Refused, TryAgain, Unsure
from channels.sms.vendor import Doubtful, Rejected, Report, SomeNumber, State, Took
from config.clock import DrivenClock
from tests.channels.sms.vendors import APP, NINE, NUMBER, OTHER, THIRD, Office, office, said, scripted, text
from tests.sandbox.sms.office import register, tell, witness

BLOCKED = "FailedOperation.PhoneNumberInBlacklist"
OFTEN = "LimitExceeded.PhoneNumberThirtySecondLimit"
MONEY = "FailedOperation.InsufficientBalanceInSmsPackage"
DAY = "LimitExceeded.AppDailyLimit"
TEMPLATE = "FailedOperation.TemplateIncorrectOrUnapproved"
TIMEOUT = "InternalError.Timeout"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("tencent"), "tencent") as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(at: Office) -> Iterator[None]:
    yield
    at.server.misbehave(how="well")
    register(at.server.home)
    at.clock.advance(86_400)


def response(**found: Any) -> HttpAnswer:
    """An answer of API 3.0."""
    return said({"Response": {"RequestId": "x"} | found})


def statuses(*codes: str | None, numbers: tuple[str, ...] = (NUMBER, OTHER, THIRD)) -> HttpAnswer:
    """An answer of SendSms: a code for each number; None leaves it out."""
    each = [
        {"PhoneNumber": f"+86{number}", "Code": code, "SerialNo": "5000:1" if code == "Ok" else "", "Fee": 1}
        for number, code in zip(numbers, codes, strict=False)
        if code is not None
    ]
    return response(SendStatusSet=each)


# -- sending -----------------------------------------------------------------------------------------


def test_what_is_the_numbers_own_affair_stands_beside_it_and_the_others_are_sent_to(at: Office) -> None:
    before = len(witness(at.server, "tencent"))
    at.misbehave(how="code", code=BLOCKED, numbers=[OTHER], times=1)
    took, blocked, last = at.vendor().send([NUMBER, OTHER, THIRD], at.text())
    assert isinstance(took, Took)
    assert isinstance(last, Took)
    assert took.reference != last.reference
    assert isinstance(blocked, Rejected)
    assert blocked.final
    assert BLOCKED in blocked.cause
    assert [line["number"] for line in witness(at.server, "tencent")[before:]] == [NUMBER, THIRD]


def test_a_number_that_is_texted_too_often_is_worth_another_try(at: Office) -> None:
    register(at.server.home, tencent="limits = { thirty_seconds = 1 }")
    vendor = at.vendor()
    vendor.send([NUMBER], at.text())
    often, took = vendor.send([NUMBER, OTHER], at.text())
    assert isinstance(took, Took)
    assert isinstance(often, Rejected)
    assert (often.final, often.retry_after) == (False, 30)
    at.clock.advance(30)
    (later,) = vendor.send([NUMBER], at.text())
    assert isinstance(later, Took)


def test_a_holder_who_opted_out_is_not_sent_to(at: Office) -> None:
    vendor = at.vendor()
    vendor.send([THIRD], at.text())
    tell(at.server, "tencent", "reply", number=THIRD, text="TD")
    (blocked,) = vendor.send([THIRD], at.text())
    assert isinstance(blocked, Rejected)
    assert blocked.final


def test_money_that_ends_between_two_numbers(at: Office) -> None:
    spent = len(witness(at.server, "tencent"))  # each of them is one message
    register(at.server.home, tencent=f"balance = {spent + 1}")
    took, rest = at.vendor().send([NUMBER, OTHER], at.text())
    assert isinstance(took, Took)
    assert isinstance(rest, Rejected)
    assert not rest.final
    with pytest.raises(Gone):
        at.vendor().send([OTHER], at.text())


def test_a_number_that_may_have_been_sent_to_is_doubtful(at: Office) -> None:
    at.misbehave(how="code", code=TIMEOUT, numbers=[OTHER], times=1)
    took, doubtful = at.vendor().send([NUMBER, OTHER], at.text())
    assert isinstance(took, Took)
    assert isinstance(doubtful, Doubtful)
    assert TIMEOUT in doubtful.cause


@pytest.mark.parametrize(
    ("codes", "means"),
    [
        ((TEMPLATE,) * 3, Refused),
        ((MONEY,) * 3, Gone),
        ((DAY,) * 3, TryAgain),
        ((TEMPLATE, MONEY, DAY), Gone),
        ((TEMPLATE, TEMPLATE, DAY), Refused),
        ((TIMEOUT,) * 3, Unsure),
        ((None,) * 3, Unsure),
    ],
)
def test_what_every_number_got_for_a_reason_not_its_own_is_said_of_the_text(
    codes: tuple[str | None, ...], means: type[Exception]
) -> None:
    vendor, _ = scripted("tencent", statuses(*codes))
    with pytest.raises(means) as raised:
        vendor.send([NUMBER, OTHER, THIRD], text("tencent"))
    assert getattr(raised.value, "final", True)


T, F, L, D = Took, True, False, Doubtful  # taken, rejected for good, rejected for now, doubtful


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("Ok", BLOCKED, OFTEN), (T, F, L)),
        (("Ok", TEMPLATE, MONEY), (T, F, L)),
        (("Ok", DAY, TIMEOUT), (T, L, D)),
        ((BLOCKED, BLOCKED, BLOCKED), (F, F, F)),
        ((BLOCKED, MONEY, TEMPLATE), (F, L, F)),
        (("Ok", "Something.New", ""), (T, D, D)),
        (("Ok", None, "Ok"), (T, D, T)),
        ((None, TIMEOUT, BLOCKED), (D, D, F)),
    ],
)
def test_mixed_results(codes: tuple[str | None, ...], expected: tuple[object, ...]) -> None:
    vendor, _ = scripted("tencent", statuses(*codes))
    results = vendor.send([NUMBER, OTHER, THIRD], text("tencent"))
    assert tuple(one.final if isinstance(one, Rejected) else type(one) for one in results) == expected
    assert not any(number in repr(results) for number in (NUMBER, OTHER, THIRD))


def test_results_in_another_order_are_each_numbers_own() -> None:
    vendor, _ = scripted("tencent", statuses("Ok", BLOCKED, numbers=(OTHER, NUMBER)))
    blocked, took = vendor.send([NUMBER, OTHER], text("tencent"))
    assert isinstance(blocked, Rejected)
    assert isinstance(took, Took)


def test_two_results_of_one_number_are_believed_neither() -> None:
    vendor, _ = scripted("tencent", statuses("Ok", BLOCKED, numbers=(NUMBER, NUMBER)))
    with pytest.raises(Unsure):
        vendor.send([NUMBER], text("tencent"))


@pytest.mark.parametrize(
    "answer",
    [
        said(b""),
        said(b"<html>"),
        said(b"[" * 100_000),
        said({}),
        said([]),
        said({"Response": None}),
        response(),
        response(SendStatusSet=None),
        response(SendStatusSet=[{"Code": "Ok"}]),
        response(Error={"Code": 7}),
        response(Error={"Code": "SomethingNew"}),
        said({"Response": {"SendStatusSet": []}}, status=202),
        response(SendStatusSet=[], Padding="x" * 2_000_000),
    ],
)
def test_an_answer_that_is_in_no_document_is_nobodys_yes(answer: HttpAnswer) -> None:
    vendor, _ = scripted("tencent", answer)
    with pytest.raises(Unsure):
        vendor.send([NUMBER], text("tencent"))


@pytest.mark.parametrize(("code", "final"), [("InvalidParameterValue.IncorrectPhoneNumber", True), (OFTEN, False)])
def test_a_whole_request_refused_for_a_number(code: str, final: bool) -> None:
    refusal = response(Error={"Code": code, "Message": f"{NUMBER}"})
    vendor, _ = scripted("tencent", refusal, refusal)
    with pytest.raises(SomeNumber) as raised:
        vendor.send([NUMBER, OTHER], text("tencent"))
    (alone,) = vendor.send([NUMBER], text("tencent"))
    assert isinstance(alone, Rejected)
    assert alone.final is final
    assert NUMBER not in str(raised.value) + repr(alone)


def test_the_request_as_it_goes_out(at: Office) -> None:
    vendor, http = scripted("tencent", statuses("Ok"))
    vendor.send([NUMBER], text("tencent"))
    url, headers, body = http.asked[0]
    assert (url, headers["host"]) == ("https://sms.tencentcloudapi.com/", "sms.tencentcloudapi.com")
    assert (headers["x-tc-region"], headers["x-tc-action"]) == ("ap-guangzhou", "SendSms")
    assert f'"PhoneNumberSet":["+86{NUMBER}"],"SmsSdkAppId":"{APP}"'.encode() in body
    with pytest.raises(Gone, match="SmsSdkAppIdVerifyFail"):
        at.vendor(app="1400000000").send([NUMBER], at.text())


# -- asking ------------------------------------------------------------------------------------------


def pulled(**changes: Any) -> dict[str, Any]:
    """One receipt as it is pulled."""
    known = {"UserReceiveTime": int(NINE.timestamp()), "SerialNo": "5000:1", "ReportStatus": "SUCCESS"}
    return known | {"Description": "DELIVRD", "SessionContext": "m", "PhoneNumber": f"+86{NUMBER}"} | changes


def test_what_no_database_takes_is_left_out_of_what_is_kept() -> None:
    """A vendor's words are stored and shown as they are."""
    vendor, _ = scripted("tencent", *[response(PullSmsSendStatusSet=[pulled(Description="a\0b\x1b[2J")])] * 3)
    report = vendor.receipt(NUMBER, "5000:1", "m", NINE)
    assert report is not None
    assert report.code == "a b [2J"


def test_absence_proves_nothing(at: Office) -> None:
    vendor, since = at.vendor(), at.clock.now()
    assert vendor.patience is None
    vendor.send([NUMBER], at.text("d-1.0"))
    at.clock.advance(3 * 86_400)
    assert vendor.find(NUMBER, "d-1.0", since) is None, "without a receipt"
    tell(at.server, "tencent", "receipts", to="")
    assert vendor.find(NUMBER, "d-1.0", since) is None, "no mark in receipts, unless the account has that"
    assert vendor.find(OTHER, "d-1.0", since) is None


def test_a_receipt_with_our_mark_proves_it() -> None:
    vendor, _ = scripted("tencent", *[response(PullSmsSendStatusSet=[pulled()])] * 3)
    assert vendor.find(NUMBER, "m", NINE) is True
    assert vendor.find(NUMBER, "another", NINE) is None
    assert vendor.receipt(NUMBER, "", "m", NINE) == Report(NUMBER, "5000:1", True, "DELIVRD", NINE, "m")


def test_a_reference_decides_and_not_the_mark() -> None:
    vendor, _ = scripted("tencent", *[response(PullSmsSendStatusSet=[pulled(SerialNo="5000:2")])] * 2)
    assert vendor.receipt(NUMBER, "5000:1", "m", NINE) is None
    assert vendor.receipt(NUMBER, "5000:2", "another", NINE) is not None


def test_a_query_looks_back_seven_days_and_no_further(at: Office) -> None:
    vendor, since = at.vendor(), at.clock.now()
    (took,) = vendor.send([NUMBER], at.text())
    assert isinstance(took, Took)
    tell(at.server, "tencent", "receipts", to="")
    at.clock.set(since + timedelta(days=6, hours=23))
    assert vendor.receipt(NUMBER, took.reference, "d-1.0", since) is not None
    at.clock.set(since + timedelta(days=30))
    assert vendor.receipt(NUMBER, took.reference, "d-1.0", since) is None


@pytest.mark.parametrize(
    "answer",
    [
        said(b""),
        response(),
        response(Error={"Code": "RequestLimitExceeded"}),
        response(PullSmsSendStatusSet=[pulled(ReportStatus="MAYBE")]),
        response(PullSmsSendStatusSet=[pulled(UserReceiveTime=10**15)]),
        response(PullSmsSendStatusSet=[pulled(UserReceiveTime="soon")]),
        Unsure("no answer"),
        Refused("not allowed", final=True),
        said(b"", status=502),
    ],
)
def test_a_question_that_is_oddly_answered_was_not_answered(answer: HttpAnswer | Exception) -> None:
    vendor, _ = scripted("tencent", answer)
    with pytest.raises(TryAgain):
        vendor.find(NUMBER, "m", NINE)


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, State.APPROVED), (1, State.REVIEWING), (2, State.REVIEWING), (-1, State.REJECTED)],
)
def test_the_states_of_a_template_and_a_signature(status: int, state: State) -> None:
    entry = {"TemplateId": 1001, "StatusCode": status, "TemplateContent": "您好{1}", "ReviewReply": "变量\x1b相邻"}
    sign = {"SignName": "签名", "StatusCode": status}
    vendor, _ = scripted(
        "tencent", response(DescribeTemplateStatusSet=[entry]), response(DescribeSignListStatusSet=[sign])
    )
    found = vendor.template("1001")
    assert found is not None
    assert (found.text, found.state, found.reason) == ("您好{1}", state, "变量 相邻")
    assert vendor.sign_state("签名") is state


def test_a_state_that_is_in_no_document_is_not_guessed() -> None:
    vendor, _ = scripted("tencent", response(DescribeSignListStatusSet=[{"SignName": "签名", "StatusCode": 9}]))
    with pytest.raises(TryAgain):
        vendor.sign_state("签名")


def test_signatures_are_looked_through_by_pages() -> None:
    page = response(DescribeSignListStatusSet=[{"SignName": "另一个", "StatusCode": 0}] * 100)
    last = response(DescribeSignListStatusSet=[{"SignName": "签名", "StatusCode": 0}])
    vendor, http = scripted("tencent", page, page, last, clock=DrivenClock(NINE))
    assert vendor.sign_state("签名") is State.APPROVED
    assert [b'"Offset":%d' % offset in body for offset, (_, _, body) in zip((0, 100, 200), http.asked, strict=True)]
    vendor, _ = scripted("tencent", *[page] * 20)
    with pytest.raises(TryAgain):
        vendor.sign_state("签名")


def test_an_account_without_any_is_told_so() -> None:
    none = [response(Error={"Code": f"FailedOperation.Missing{what}List"}) for what in ("Template", "Signature")]
    vendor, _ = scripted("tencent", *none)
    assert vendor.template("1001") is None
    assert vendor.sign_state("签名") is None
