"""The fake of 腾讯云短信, spoken to by Tencent's own SDK."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sms.v20210111 import models

from channels.sms.key import Key
from channels.sms.tc3 import Tc3Request, signed_headers
from config.clock import DrivenClock
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import SIGN, TEXT, VALUES, register, secret, send_tencent, sms, tell, witness

pytestmark = pytest.mark.usefixtures("well_again")


def codes(results: list[Any]) -> list[str]:
    """What became of each number."""
    return [result.Code for result in results]


def refused(server: Running, *given: Any, **others: Any) -> str:
    """The code of a request that is refused as a whole."""
    with pytest.raises(TencentCloudSDKException) as found:
        send_tencent(server, *given, **others)
    return str(found.value.code)


# -- what it takes -----------------------------------------------------------------------------------


def test_it_puts_the_text_together_and_answers_for_each_number(server: Running) -> None:
    before = len(witness(server, "tencent"))
    given = ["+8613900000001", "008613900000002", "13900000003", "12800000000"]
    results = send_tencent(server, given, SessionContext="d-1")
    assert codes(results) == ["Ok", "Ok", "Ok", "InvalidParameterValue.IncorrectPhoneNumber"]
    assert [result.Fee for result in results] == [1, 1, 1, 0]
    assert [result.SessionContext for result in results] == ["d-1", "d-1", "d-1", ""]
    assert results[1].PhoneNumber == "+8613900000002"
    kept = witness(server, "tencent")[before:]
    assert [(line["text"], line["number"]) for line in kept] == [(TEXT, f"1390000000{each}") for each in (1, 2, 3)]
    assert [line["serial"] for line in kept] == [result.SerialNo for result in results[:3]]
    assert len({line["serial"] for line in kept}) == 3


def test_two_hundred_numbers_and_not_one_more(server: Running) -> None:
    given = [f"+86{13_800_000_000 + each}" for each in range(201)]
    assert codes(send_tencent(server, given[:200])) == ["Ok"] * 200
    assert refused(server, given) == "LimitExceeded.PhoneNumberCountLimit"
    assert refused(server, []) == "MissingParameter.EmptyPhoneNumberSet"


@pytest.mark.parametrize(
    ("given", "others", "code"),
    [
        (["+8613900000001", "+85251234567"], {}, "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"),
        (["+8613900000001"], {"SmsSdkAppId": "1400000000"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        (["+8613900000001"], {"SessionContext": "x" * 512}, "InvalidParameterValue"),
    ],
)
def test_what_is_wrong_with_the_request_refuses_it(server: Running, given: Any, others: Any, code: str) -> None:
    assert refused(server, given, **others) == code


@pytest.mark.parametrize(
    ("values", "others", "code"),
    [
        (["1"], {}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        (["2026", "22350", "4470", "十月三十日之前"], {}, "InvalidParameterValue.TemplateParameterLengthLimit"),
        (["www.a"], {"TemplateId": "1002"}, "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"),
        (["12a"], {"TemplateId": "1003"}, "InvalidParameterValue.TemplateParameterFormatError"),
        ([], {"TemplateId": "1004"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ([], {"TemplateId": "9999"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (None, {"SignName": "别的签名"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (None, {"PhoneNumberSet": ["+85251234567"]}, "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"),
        (None, {"PhoneNumberSet": ["+13900000009"]}, "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"),
        (None, {"SessionContext": "x" * 511}, "Ok"),
    ],
)
def test_what_is_wrong_for_a_number_stands_beside_it(server: Running, values: Any, others: Any, code: str) -> None:
    assert codes(send_tencent(server, ["+8613900000009"], values, **others)) == [code]


def test_a_variable_may_be_longer_where_the_account_says_so(server: Running) -> None:
    register(server.home, tencent="variable_length = 490")
    values = ["字" * 480]
    assert codes(send_tencent(server, ["13900000010"], values, TemplateId="1002")) == ["Ok"]
    values = ["字" * 484]  # with 【signature】 and the rest of the template
    assert codes(send_tencent(server, ["13900000010"], values, TemplateId="1002")) == [
        "InvalidParameterValue.ContentLengthLimit"
    ]


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("thirty_seconds", "LimitExceeded.PhoneNumberThirtySecondLimit"),
        ("hour", "LimitExceeded.PhoneNumberOneHourLimit"),
        ("day", "LimitExceeded.PhoneNumberDailyLimit"),
        ("same_content_day", "LimitExceeded.PhoneNumberSameContentDailyLimit"),
    ],
)
def test_a_number_is_texted_only_so_often(server: Running, limit: str, code: str) -> None:
    limits = {"thirty_seconds": 9, "hour": 9, "day": 9, "same_content_day": 9} | {limit: 1}
    given = ", ".join(f"{name} = {most}" for name, most in limits.items())
    register(server.home, tencent=f"limits = {{ {given} }}")
    number = f"1391{len(limit):07d}"
    assert codes(send_tencent(server, [number, number])) == ["Ok", code]
    assert codes(send_tencent(server, [number])) == [code]


def test_what_is_not_paid_for_is_not_sent(server: Running) -> None:
    register(server.home, tencent="stopped = true")
    assert codes(send_tencent(server, ["13900000030"])) == ["UnauthorizedOperation.ServiceSuspendDueToArrears"]
    lengths = [len(line["text"]) for line in witness(server, "tencent")]
    before = sum(1 if length <= 70 else -(-length // 67) for length in lengths)
    register(server.home, tencent=f"balance = {before + 1}")
    results = send_tencent(server, ["13900000030", "13900000031"])
    assert codes(results) == ["Ok", "FailedOperation.InsufficientBalanceInSmsPackage"]


def test_who_has_opted_out_is_refused(server: Running) -> None:
    assert codes(send_tencent(server, ["13900000032"])) == ["Ok"]
    tell(server, "tencent", "reply", number="13900000032", text="td")
    assert codes(send_tencent(server, ["13900000032", "13900000033"])) == [
        "FailedOperation.PhoneNumberInBlacklist",
        "Ok",
    ]


# -- what it tells -----------------------------------------------------------------------------------


def pull(server: Running, action: str, **asked: Any) -> Any:
    """One of the actions that pull."""
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps({"SmsSdkAppId": "1400006666", "Limit": 100} | asked))
    return getattr(sms(server), action)(request)


def test_receipts_are_pulled_once_and_found_by_number(server: Running) -> None:
    tell(server, "tencent", "receipts", to="")
    while pull(server, "PullSmsSendStatus").PullSmsSendStatusSet:
        pass
    sent = send_tencent(server, ["13900000040", "13900000041", "13900000042"])
    assert pull(server, "PullSmsSendStatus").PullSmsSendStatusSet == []
    tell(server, "tencent", "receipts", to="", outcomes={"13900000041": "UNDELIV", "13900000042": ""})
    found = pull(server, "PullSmsSendStatus", Limit=1).PullSmsSendStatusSet
    found += pull(server, "PullSmsSendStatus").PullSmsSendStatusSet
    assert [(each.SerialNo, each.ReportStatus) for each in found] == [
        (sent[0].SerialNo, "SUCCESS"),
        (sent[1].SerialNo, "FAIL"),
    ]
    assert pull(server, "PullSmsSendStatus").PullSmsSendStatusSet == []
    begin = int(datetime.now(UTC).timestamp()) - 60
    by_number = {"Offset": 0, "BeginTime": begin, "PhoneNumber": "+8613900000041"}
    again = pull(server, "PullSmsSendStatusByPhoneNumber", **by_number).PullSmsSendStatusSet
    assert [each.SerialNo for each in again] == [sent[1].SerialNo]
    for changes, code in (
        ({"Offset": 1}, "InvalidParameterValue.OffsetVerifyFail"),
        ({"BeginTime": begin - 8 * 86_400}, "InvalidParameterValue.BeginTimeVerifyFail"),
        ({"EndTime": begin - 1}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"PhoneNumber": "x"}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ):
        with pytest.raises(TencentCloudSDKException) as refusal:
            pull(server, "PullSmsSendStatusByPhoneNumber", **by_number | changes)
        assert refusal.value.code == code


def test_replies_are_pulled_once_and_found_by_number(server: Running) -> None:
    while pull(server, "PullSmsReplyStatus").PullSmsReplyStatusSet:
        pass
    send_tencent(server, ["13900000043"])
    tell(server, "tencent", "reply", number="13900000043", text="谢谢", to="")
    found = pull(server, "PullSmsReplyStatus").PullSmsReplyStatusSet
    assert [(each.ReplyContent, each.SignName, each.SubscriberNumber) for each in found] == [
        ("谢谢", SIGN, "13900000043")
    ]
    assert pull(server, "PullSmsReplyStatus").PullSmsReplyStatusSet == []
    asked = {"Offset": 0, "BeginTime": int(datetime.now(UTC).timestamp()) - 60, "PhoneNumber": "+8613900000043"}
    assert len(pull(server, "PullSmsReplyStatusByPhoneNumber", **asked).PullSmsReplyStatusSet) == 1


def test_templates_and_signatures_are_told_with_their_review(server: Running) -> None:
    request = models.DescribeSmsTemplateListRequest()
    request.from_json_string(json.dumps({"International": 0, "Limit": 2, "Offset": 2}))
    page = sms(server).DescribeSmsTemplateList(request).DescribeTemplateStatusSet
    assert [(each.TemplateId, each.StatusCode) for each in page] == [(1003, 0), (1004, 1)]
    request.from_json_string(json.dumps({"International": 0, "TemplateIdSet": [1001]}))
    one = sms(server).DescribeSmsTemplateList(request).DescribeTemplateStatusSet
    assert one[0].TemplateContent.startswith("{1}年度")
    signs = models.DescribeSmsSignListRequest()
    signs.from_json_string(json.dumps({"International": 0, "SignIdSet": [7]}))
    found = sms(server).DescribeSmsSignList(signs).DescribeSignListStatusSet
    assert [(each.SignName, each.StatusCode) for each in found] == [(SIGN, 0)]


# -- whom it believes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "key_secret", "code"),
    [
        ("AKIDsandboxgongkai", "wrong", "AuthFailure.SignatureFailure"),
        ("AKIDother", "", "AuthFailure.SecretIdNotFound"),
    ],
)
def test_another_key_is_refused(server: Running, key: str, key_secret: str, code: str) -> None:
    request = models.PullSmsSendStatusRequest()
    request.from_json_string('{"Limit": 1, "SmsSdkAppId": "1400006666"}')
    with pytest.raises(TencentCloudSDKException) as refusal:
        sms(server, key=key, key_secret=key_secret).PullSmsSendStatus(request)
    assert refusal.value.code == code


def post(server: Running, at: datetime, body: bytes | None = None, service: str = "sms", **headers: Any) -> str:
    """A request that is signed by the product's own hand, with some headers changed (``_`` for ``-``): the code."""
    signed = b'{"International": 0, "Limit": 1}' if body is None else body
    host = server.origin.removeprefix("http://")
    request = Tc3Request(host, service, "DescribeSmsTemplateList", "2021-01-11", "ap-guangzhou", signed)
    key = Key("AKIDsandboxgongkai", secret(server, "tencent"))
    given = signed_headers(request, key, at) | {name.replace("_", "-"): headers[name] for name in headers}
    given = {name: value for name, value in given.items() if value}
    answer = requests.post(server.origin, data=signed, headers=given, timeout=10)
    assert answer.status_code == 200
    return str(answer.json()["Response"].get("Error", {}).get("Code", "Ok"))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "Ok"),
        ({"x_tc_timestamp": ""}, "MissingParameter"),
        ({"x_tc_region": ""}, "MissingParameter"),
        ({"x_tc_timestamp": "soon"}, "InvalidParameter"),
        ({"x_tc_version": "2019-07-11"}, "NoSuchVersion"),
        ({"x_tc_action": "Other"}, "InvalidAction"),
        ({"authorization": "Basic x"}, "AuthFailure.InvalidAuthorization"),
        ({"authorization": ""}, "AuthFailure.InvalidAuthorization"),
        ({"content_type": "application/json; charset=utf-8"}, "AuthFailure.SignatureFailure"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(server: Running, headers: dict[str, Any], code: str) -> None:
    assert post(server, datetime.now(UTC), **headers) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "InvalidParameter"),
        (b"[]", "InvalidParameter"),
        (b"{}", "MissingParameter"),
        (b'{"International": "0"}', "InvalidParameter"),
        (b'{"International": 0, "Limit": 101}', "InvalidParameter"),
        (b'{"International": 0, "Other": 1}', "UnknownParameter"),
    ],
)
def test_parameters_are_read_strictly(server: Running, body: bytes, code: str) -> None:
    assert post(server, datetime.now(UTC), body) == code


def test_a_signature_for_another_service_is_none(server: Running) -> None:
    assert post(server, datetime.now(UTC), service="cvm") == "AuthFailure.SignatureFailure"


def test_a_request_may_be_five_minutes_off(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    DrivenClock(now, file=tmp_path / "now")
    register(tmp_path)
    with running(tmp_path, clock=tmp_path / "now") as server:
        for seconds in (-301, 301):
            assert post(server, now + timedelta(seconds=seconds)) == "AuthFailure.SignatureExpire"
        for seconds in (-300, 300):
            assert post(server, now + timedelta(seconds=seconds)) == "Ok"


# -- how it misbehaves -------------------------------------------------------------------------------


def test_told_a_code_it_refuses_the_request_or_some_numbers(server: Running) -> None:
    server.misbehave(partner="tencent", how="code", code="RequestLimitExceeded", times=1)
    assert refused(server, ["13900000050"]) == "RequestLimitExceeded"
    code = "LimitExceeded.DeliveryFrequencyLimit"
    server.misbehave(partner="tencent", how="code", code=code, numbers=["13900000051"], times=1)
    results = send_tencent(server, ["13900000050", "13900000051", "13900000052"])
    assert codes(results) == ["Ok", code, "Ok"]


def test_told_so_only_one_of_its_actions_misbehaves(server: Running) -> None:
    server.misbehave(partner="tencent", how="code", code="RequestLimitExceeded", at="SendSms")
    assert pull(server, "PullSmsReplyStatus", Limit=1).PullSmsReplyStatusSet is not None
    assert refused(server, ["13900000054"]) == "RequestLimitExceeded"


@pytest.mark.parametrize("how", ["after", "reset", "drop"])
def test_it_takes_the_text_and_its_answer_is_never_seen(server: Running, how: str) -> None:
    before = len(witness(server, "tencent"))
    server.misbehave(partner="tencent", how=how, status=503, times=1)
    with pytest.raises((TencentCloudSDKException, requests.RequestException)):
        send_tencent(server, ["13900000053"], list(VALUES.values()))
    assert len(witness(server, "tencent")) == before + 1


def test_told_to_be_slow_it_has_the_text_before_it_answers(server: Running) -> None:
    before, begun = len(witness(server, "tencent")), time.monotonic()
    server.misbehave(partner="tencent", how="slow", seconds=0.5, times=1)
    assert [one.Code for one in send_tencent(server, ["13900000056"], list(VALUES.values()))] == ["Ok"]
    assert time.monotonic() - begun >= 0.5
    assert len(witness(server, "tencent")) == before + 1
