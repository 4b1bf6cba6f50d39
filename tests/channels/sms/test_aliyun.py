"""阿里云短信: a request is taken whole or not at all, and what it knows of a text is asked by days and pages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from channels.base import HttpAnswer, TryAgain, Unsure
from channels.sms.rules import NextDay
from channels.sms.vendor import Rejected, Report, SomeNumber, State, Text, Took
from config.clock import DrivenClock, wall
from tests.channels.sms.vendors import NINE, NUMBER, OTHER, THIRD, Office, office, said, scripted, text
from tests.sandbox.sms.office import register, tell, witness

OK = {"Code": "OK", "Message": "OK", "RequestId": "x"}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("aliyun"), "aliyun") as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(at: Office) -> Iterator[None]:
    yield
    at.server.misbehave(how="well")
    register(at.server.home)
    at.clock.set(NINE + timedelta(days=2 * ((at.clock.now() - NINE).days // 2 + 1)))  # nine, and none of the same day


# -- sending -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "final"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", True),
        ("isv.BLACK_KEY_CONTROL_LIMIT", True),
        ("isv.BUSINESS_LIMIT_CONTROL", False),
    ],
)
def test_of_many_numbers_one_spoils_all_and_of_one_it_is_its_own(at: Office, code: str, final: bool) -> None:
    before = len(witness(at.server, "aliyun"))
    at.misbehave(how="code", code=code, numbers=[OTHER])
    vendor = at.vendor()
    with pytest.raises(SomeNumber):
        vendor.send([NUMBER, OTHER, THIRD], at.text())
    assert len(witness(at.server, "aliyun")) == before
    (alone,) = vendor.send([OTHER], at.text())
    assert isinstance(alone, Rejected)
    assert (alone.final, alone.retry_after) == (final, None if final else 3_600)
    assert alone.next_day is (NextDay.NONE if final else NextDay.LAST)
    assert [type(result) for result in vendor.send([NUMBER, THIRD], at.text())] == [Took, Took]
    assert len(witness(at.server, "aliyun")) == before + 2


def test_a_number_that_is_none_is_not_named_though_the_vendor_names_it(at: Office) -> None:
    with pytest.raises(SomeNumber) as raised:
        at.vendor().send([NUMBER, "12345678901"], at.text())
    (alone,) = at.vendor().send(["12345678901"], at.text())
    for cause in (str(raised.value), repr(alone)):
        assert "12345678901" not in cause
        assert "isv.MOBILE_NUMBER_ILLEGAL" in cause


def test_each_request_has_a_nonce_of_its_own() -> None:
    vendor, http = scripted("aliyun", *[said(OK | {"BizId": "1^1"})] * 3)
    for _ in range(3):
        vendor.send([NUMBER], text("aliyun"))
    assert len({headers["x-acs-signature-nonce"] for _, headers, _ in http.asked}) == 3


def test_a_text_without_blanks_has_no_values() -> None:
    vendor, http = scripted("aliyun", said(OK | {"BizId": "1^1"}))
    assert vendor.send([NUMBER, OTHER], Text("SMS_1", (), "m")) == [Took("1^1"), Took("1^1")]
    url = http.asked[0][0]
    assert url.startswith("https://dysmsapi.aliyuncs.com/?OutId=m&PhoneNumbers=")
    assert "TemplateParam" not in url
    assert http.asked[0][1]["host"] == "dysmsapi.aliyuncs.com"


@pytest.mark.parametrize(
    "answer",
    [
        said(b""),
        said(b"<html>"),
        said(b"{"),
        said(b"[" * 100_000),
        said(b'{"Code": "OK", "RequestId": "\\ud800"}'),
        said([]),
        said({}),
        said({"Code": 0}),
        said({"Code": None}),
        said({"Code": "Ok"}),
        said({"Code": "FAIL 13912345678"}),
        said(OK | {"BizId": 7}),
        said(OK, status=201),
        said(OK | {"Message": "x" * 2_000_000}),
    ],
)
def test_an_answer_that_is_in_no_document_is_nobodys_yes(answer: HttpAnswer) -> None:
    vendor, _ = scripted("aliyun", answer)
    with pytest.raises(Unsure) as raised:
        vendor.send([NUMBER], text("aliyun"))
    assert NUMBER not in str(raised.value)


# -- asking ------------------------------------------------------------------------------------------


def test_a_text_is_found_by_its_mark_and_its_absence_proves_something_only_after_a_while(at: Office) -> None:
    register(at.server.home, aliyun="details_after = 600.0")
    vendor, since = at.vendor(), at.clock.now()
    assert vendor.patience == timedelta(minutes=15)
    vendor.send([NUMBER], at.text("d-1.0"))
    assert vendor.find(NUMBER, "d-1.0", since) is None
    at.clock.advance(600)
    assert vendor.find(NUMBER, "d-1.0", since) is True
    assert vendor.find(NUMBER, "d-1.1", since) is None
    assert vendor.find(OTHER, "d-1.0", since) is None
    at.clock.advance(300)
    assert vendor.find(NUMBER, "d-1.1", since) is False
    assert vendor.find(OTHER, "d-1.0", since) is False
    assert vendor.find(NUMBER, "d-1.0", since) is True


def test_a_text_that_was_taken_while_its_answer_was_lost_is_found_and_its_receipt_too(at: Office) -> None:
    vendor, since = at.vendor(), at.clock.now()
    at.misbehave(how="reset", times=1)
    with pytest.raises(Unsure):
        vendor.send([NUMBER, OTHER], at.text("d-2.0"))
    assert [vendor.find(number, "d-2.0", since) for number in (NUMBER, OTHER, THIRD)] == [True, True, None]
    tell(at.server, "aliyun", "receipts", to="")
    found = vendor.receipt(OTHER, "", "d-2.0", since)
    assert found == Report(OTHER, "", True, "DELIVERED", at.clock.now(), "d-2.0")
    assert vendor.receipt(OTHER, "", "d-2.1", since) is None


def test_before_midnight_is_another_day_here(at: Office) -> None:
    at.clock.set(at.clock.now().replace(hour=15, minute=59, second=50))  # 23:59:50
    vendor, since = at.vendor(), at.clock.now()
    (took,) = vendor.send([NUMBER], at.text("d-3.0"))
    assert isinstance(took, Took)
    at.clock.advance(20)
    assert wall(at.clock.now()).date() != wall(since).date()
    assert vendor.find(NUMBER, "d-3.0", since) is True
    assert vendor.find(NUMBER, "d-3.0", since + timedelta(seconds=15)) is True, "our clock may be that much ahead"
    tell(at.server, "aliyun", "receipts", to="")
    assert vendor.receipt(NUMBER, took.reference, "d-3.0", since) is not None


def test_all_pages_are_looked_through(at: Office) -> None:
    register(at.server.home, aliyun="limits = { notice_day = 51 }")
    vendor, since = at.vendor(), at.clock.now()
    for number in range(51):
        vendor.send([NUMBER], at.text(f"d-4.{number}"))
    assert vendor.find(NUMBER, "d-4.0", since) is True
    assert vendor.find(NUMBER, "d-4.50", since) is True
    at.clock.advance(900)
    assert vendor.find(NUMBER, "d-4.51", since) is False


def test_what_is_older_than_a_query_looks_back_is_not_known(at: Office) -> None:
    vendor, since = at.vendor(), at.clock.now()
    vendor.send([NUMBER], at.text("d-5.0"))
    at.clock.set(since + timedelta(days=28))
    assert vendor.find(NUMBER, "d-5.0", since) is True
    assert vendor.find(OTHER, "d-5.0", since) is False
    at.clock.set(since + timedelta(days=40))
    assert vendor.find(NUMBER, "d-5.0", since) is None


def detail(**changes: Any) -> dict[str, Any]:
    """One text as QuerySendDetails tells of it."""
    known = {"PhoneNum": NUMBER, "SendDate": "2026-11-23 09:00:00", "SendStatus": 3, "OutId": "m"}
    return known | {"ReceiveDate": "2026-11-23 09:00:05", "ErrCode": "DELIVERED"} | changes


def details(*found: Any) -> HttpAnswer:
    """The answer of QuerySendDetails."""
    return said(OK | {"TotalCount": str(len(found)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(found)}})


@pytest.mark.parametrize(
    "answer",
    [
        said(b""),
        said(OK),
        said(OK | {"SmsSendDetailDTOs": []}),
        said({"Code": "isv.INVALID_PARAMETERS"}),
        details(detail(SendStatus=4)),
        details(detail(ReceiveDate="soon")),
        details(detail(ReceiveDate="0001-01-01 00:00:00")),
        details(detail(SendDate=None)),
        Unsure("no answer"),
        said(b"", status=503),
    ],
)
def test_a_question_that_is_oddly_answered_was_not_answered(answer: HttpAnswer | Exception) -> None:
    vendor, _ = scripted("aliyun", answer)
    with pytest.raises(TryAgain):
        vendor.receipt(NUMBER, "1^1", "m", NINE)


def test_a_receipt_without_an_instant_of_its_own_has_that_of_the_text() -> None:
    vendor, _ = scripted("aliyun", details(detail(ReceiveDate=None, ErrCode=None, OutId=None, SendStatus=2)))
    assert vendor.receipt(NUMBER, "1^1", "m", NINE) == Report(NUMBER, "1^1", False, "", NINE)


def test_a_text_that_still_waits_for_its_carrier_is_asked_for_on_its_own_day_only() -> None:
    """A question for each number and day since it was sent would be three for nothing."""
    waits = details(detail(SendStatus=1, ReceiveDate=None))
    vendor, http = scripted("aliyun", waits, clock=DrivenClock(NINE + timedelta(days=3)))
    assert vendor.receipt(NUMBER, "1^1", "m", NINE) is None
    assert len(http.asked) == 1


def test_more_texts_than_anybody_has_sent_are_not_looked_through() -> None:
    page = details(*[detail(OutId="another")] * 50)
    vendor, http = scripted("aliyun", *[page] * 100, clock=DrivenClock(NINE + timedelta(hours=1)))
    with pytest.raises(TryAgain):
        vendor.find(NUMBER, "m", NINE)
    assert len(http.asked) == 20


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, State.REVIEWING), ("1", State.APPROVED), ("2", State.REJECTED), (10, State.CANCELLED)],
)
def test_the_states_of_a_template(status: object, state: State) -> None:
    audit = {"AuditInfo": {"RejectInfo": "变量\n相邻" + "长" * 900}}
    template = said(OK | {"TemplateContent": "您好", "TemplateStatus": status} | audit)
    vendor, _ = scripted("aliyun", template, said(OK | {"SignStatus": int(str(status))}))
    found = vendor.template("SMS_1")
    assert found is not None
    assert (found.text, found.state, found.reason[:6], len(found.reason)) == ("您好", state, "变量 相邻长", 200)
    assert vendor.sign_state("签名") is state


def test_a_state_that_is_in_no_document_is_not_guessed() -> None:
    vendor, _ = scripted(
        "aliyun", said(OK | {"TemplateContent": "x", "TemplateStatus": 3}), said(OK | {"SignStatus": 5})
    )
    with pytest.raises(TryAgain):
        vendor.template("SMS_1")
    with pytest.raises(TryAgain):
        vendor.sign_state("签名")
