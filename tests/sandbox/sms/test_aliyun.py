"""The fake of 阿里云短信, spoken to by Alibaba's own SDK."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_tea_openapi.client import UnretryableException
from alibabacloud_tea_openapi.exceptions import ClientException

from channels.sms.acs3 import Acs3Request, encoded, signed_headers
from channels.sms.key import Key
from config.clock import DrivenClock, wall
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import SIGN, TEXT, VALUES, dysms, register, secret, send, tell, witness

pytestmark = pytest.mark.usefixtures("well_again")


def numbers(count: int, first: int = 13_800_000_000) -> str:
    """So many numbers, comma separated."""
    return ",".join(str(first + each) for each in range(count))


def today(days: int = 0) -> str:
    """The day that was so many ago, as a query names it."""
    return f"{wall(datetime.now(UTC) - timedelta(days=days)):%Y%m%d}"


# -- what it takes -----------------------------------------------------------------------------------


def test_it_puts_the_text_together_from_its_own_template(server: Running) -> None:
    before = len(witness(server, "aliyun"))
    answer = send(server, "+8613900000001,008613900000002,8613900000003,13900000004,+13900000005", mark="d-1")
    assert (answer.code, answer.message) == ("OK", "OK")
    kept = witness(server, "aliyun")[before:]
    assert {line["text"] for line in kept} == {TEXT}
    assert [line["number"] for line in kept] == [f"1390000000{each}" for each in (1, 2, 3, 4, 5)]
    assert {(line["serial"], line["mark"], line["request"]) for line in kept} == {
        (answer.biz_id, "d-1", answer.request_id)
    }


def test_a_thousand_numbers_get_one_text_and_one_more_is_too_many(server: Running) -> None:
    before = len(witness(server, "aliyun"))
    assert send(server, numbers(1_000)).code == "OK"
    assert len(witness(server, "aliyun")) == before + 1_000
    assert send(server, numbers(1_001)).code == "isv.MOBILE_COUNT_OVER_LIMIT"
    assert len(witness(server, "aliyun")) == before + 1_000


def batch(server: Running, count: int, values: list[Any] | None = None, template: str = "SMS_000001") -> Any:
    """SendBatchSms to so many numbers, each with its own upper bound."""
    own = [VALUES | {"top": str(20_000 + each)} for each in range(count)] if values is None else values
    request = models.SendBatchSmsRequest(
        phone_number_json=json.dumps([str(13_700_000_000 + each) for each in range(count)]),
        sign_name_json=json.dumps([SIGN] * count),
        template_code=template,
        template_param_json=json.dumps(own, ensure_ascii=False),
    )
    return dysms(server).send_batch_sms(request).body


def test_a_batch_of_a_hundred_has_variables_for_each(server: Running) -> None:
    before = len(witness(server, "aliyun"))
    assert batch(server, 100).code == "OK"
    kept = witness(server, "aliyun")[before:]
    assert [f"上限{20_000 + each}元" in line["text"] for each, line in enumerate(kept)] == [True] * 100
    assert batch(server, 100, [{"what": "字" * 35}] * 100, "SMS_000002").code == "OK"  # 50 kB in the address
    assert batch(server, 101).code == "isv.MOBILE_COUNT_OVER_LIMIT"
    assert batch(server, 2, [VALUES]).code == "isv.INVALID_PARAMETERS"
    assert batch(server, 1, [5]).code == "isv.INVALID_JSON_PARAM"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"year": "2026"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (VALUES | {"last": ""}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (VALUES | {"more": "1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        (VALUES | {"top": 22350}, "isv.INVALID_JSON_PARAM"),
        ("{", "isv.INVALID_JSON_PARAM"),
        ("[]", "isv.INVALID_JSON_PARAM"),
        ("[" * 9_000, "isv.INVALID_JSON_PARAM"),
        ('{"year": "\\ud842"}', "isv.INVALID_JSON_PARAM"),
        (VALUES | {"top": "很多"}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
        (VALUES | {"last": "很快"}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
        (VALUES | {"year": "1" * 36}, "isv.PARAM_LENGTH_LIMIT"),
    ],
)
def test_variables_are_held_to_their_attributes(server: Running, values: Any, code: str) -> None:
    assert send(server, "13900000009", values).code == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("字" * 35, "OK"),
        ("字" * 36, "isv.PARAM_LENGTH_LIMIT"),
        ("见www.example.cn", "isv.PARAM_NOT_SUPPORT_URL"),
        ("见example.gov.cn/1", "isv.PARAM_NOT_SUPPORT_URL"),
        ("打13800001234", "isv.TEMPLATE_PARAMS_ILLEGAL"),
        ("【别处】", "isv.TEMPLATE_PARAMS_ILLEGAL"),
    ],
)
def test_no_links_and_no_persons_in_a_variable(server: Running, value: str, code: str) -> None:
    assert send(server, "13900000010", {"what": value}, template="SMS_000002").code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sign": "别的签名"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"sign": "云岭新闻"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"template": "SMS_999999"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"template": "SMS_000004"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"template": "SMS_000005"}, "isv.SMS_TEMPLATE_ILLEGAL"),
    ],
)
def test_only_what_is_registered_and_approved_is_sent(server: Running, changes: dict[str, Any], code: str) -> None:
    assert send(server, "13900000011", **changes).code == code


@pytest.mark.parametrize(
    "number", ["1234", "12800000000", "1390000001", "139000000012", "", "abc", "13900000001 ", "+008613900000001"]
)
def test_a_number_that_is_none_refuses_the_whole_request(server: Running, number: str) -> None:
    before = len(witness(server, "aliyun"))
    assert send(server, f"13900000001,{number}").code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert len(witness(server, "aliyun")) == before


def test_a_captcha_goes_out_once_a_minute_and_a_notice_fifty_times_a_day(server: Running) -> None:
    for code in ("OK", "isv.BUSINESS_LIMIT_CONTROL"):
        assert send(server, "13900000020", {"code": "1234"}, template="SMS_000003").code == code
    assert send(server, ",".join(["13900000021"] * 50)).code == "OK"
    assert send(server, "13900000021").code == "isv.BUSINESS_LIMIT_CONTROL"
    assert send(server, "13900000021", {"what": "别的模板"}, template="SMS_000002").code == "OK"


def test_what_is_not_paid_for_is_not_sent(server: Running) -> None:
    register(server.home, aliyun="stopped = true")
    assert send(server, "13900000030").code == "isv.OUT_OF_SERVICE"
    billed = len(witness(server, "aliyun"))  # each of them is one message
    register(server.home, aliyun=f"balance = {billed + 1}")
    assert send(server, "13900000030,13900000031").code == "isv.AMOUNT_NOT_ENOUGH"
    assert send(server, "13900000030").code == "OK"


def test_a_day_is_the_24_hours_from_a_text_and_midnight_changes_nothing(tmp_path: Path) -> None:
    evening = datetime(2026, 11, 23, 15, 50, tzinfo=UTC)  # 23:50 here
    clock = DrivenClock(evening, file=tmp_path / "now")
    register(tmp_path, aliyun="limits = { captcha_day = 1, notice_day = 1 }")
    notice = {"TemplateCode": "SMS_000001", "TemplateParam": json.dumps(VALUES)}
    captcha = {"TemplateCode": "SMS_000003", "TemplateParam": '{"code": "1234"}'}
    with running(tmp_path, clock=tmp_path / "now") as server:
        for after, code in ((0, "OK"), (20 * 60, "isv.BUSINESS_LIMIT_CONTROL"), (86_400, "OK")):
            clock.set(evening + timedelta(seconds=after))
            for asked in (notice, captcha):
                asked |= {"PhoneNumbers": "13900000022", "SignName": SIGN}
                nonce = f"{after} {asked['TemplateCode']}"
                assert post(server, clock.now(), nonce, "SendSms", asked)[0] == code


def test_a_mark_has_fewer_than_256_characters(server: Running) -> None:
    assert send(server, "13900000023", mark="标" * 256).code == "isv.INVALID_PARAMETERS"
    assert send(server, "13900000023", mark="标" * 255).code == "OK"


# -- what it tells -----------------------------------------------------------------------------------


def details(server: Running, number: str, page: int = 1, size: int = 10, **others: str) -> Any:
    """QuerySendDetails."""
    asked = {"phone_number": number, "send_date": today(), "current_page": page, "page_size": size, **others}
    return dysms(server).query_send_details(models.QuerySendDetailsRequest(**asked)).body


def test_details_are_found_by_pages_and_know_what_the_carrier_said(server: Running) -> None:
    first = send(server, "13900000040", mark="one").biz_id
    tell(server, "aliyun", "receipts", outcomes={"13900000040": "MOBILE_NOT_ON_SERVICE"})
    second = send(server, "13900000040", mark="two").biz_id
    found = [details(server, "13900000040", page, 1) for page in (1, 2, 3)]
    assert [each.total_count for each in found] == ["2", "2", "2"]
    newest, oldest = (each.sms_send_detail_dtos.sms_send_detail_dto[0] for each in found[:2])
    assert found[2].sms_send_detail_dtos.sms_send_detail_dto == []
    assert (newest.out_id, newest.send_status, newest.err_code, newest.content) == ("two", 1, None, TEXT)
    assert (oldest.out_id, oldest.send_status, oldest.err_code) == ("one", 2, "MOBILE_NOT_ON_SERVICE")
    assert details(server, "13900000040", biz_id=first).total_count == "1"
    tell(server, "aliyun", "receipts")
    assert details(server, "13900000040", biz_id=second).sms_send_detail_dtos.sms_send_detail_dto[0].send_status == 3
    days = (today(days=31), today(days=-1), "2026-11-23")
    odd: list[dict[str, Any]] = [{"size": 51}, {"size": 0}, {"page": 0}, *({"send_date": day} for day in days)]
    for one in odd:
        assert details(server, "13900000040", **one).code == "isv.INVALID_PARAMETERS", one
    assert details(server, "13900000040", send_date=today(days=30)).total_count == "0"
    assert details(server, "13900000041").total_count == "0"


def test_a_text_is_found_only_after_the_vendors_delay(server: Running) -> None:
    register(server.home, aliyun="details_after = 3600.0")
    send(server, "13900000042")
    assert details(server, "13900000042").total_count == "0"
    register(server.home)
    assert details(server, "13900000042").total_count == "1"


def test_templates_and_signatures_are_told_with_their_review(server: Running) -> None:
    client = dysms(server)
    for code, status, reason in (("5", "2", "两个变量不能相邻"), ("4", "0", ""), ("1", "1", "")):
        request = models.GetSmsTemplateRequest(template_code=f"SMS_00000{code}")
        body = client.get_sms_template(request).body
        assert (body.template_status, body.audit_info.reject_info) == (status, reason)
    assert json.loads(body.variable_attribute)["top"] == "money"
    assert body.template_content.startswith("${year}年度")
    for name, state in ((SIGN, 1), ("云岭新闻", 0)):
        assert client.get_sms_sign(models.GetSmsSignRequest(sign_name=name)).body.sign_status == state


# -- whom it believes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "key_secret", "code"),
    [("LTAI5tSandboxGongkai", "wrong", "SignatureDoesNotMatch"), ("LTAIother", "", "InvalidAccessKeyId.NotFound")],
)
def test_another_key_is_refused(server: Running, key: str, key_secret: str, code: str) -> None:
    request = models.SendSmsRequest(phone_numbers="13900000001", sign_name=SIGN, template_code="SMS_000001")
    with pytest.raises(ClientException) as refused:
        dysms(server, key=key, key_secret=key_secret).send_sms(request)
    assert refused.value.code == code


def post(
    server: Running,
    at: datetime,
    nonce: str = "n",
    action: str = "QuerySendDetails",
    asked: dict[str, str] | None = None,
    body: bytes | None = None,
    **headers: Any,
) -> Any:
    """Sent as the product signs it, with some headers changed (``_`` for ``-``): the code and the status."""
    query = {"PhoneNumber": "13900000001", "SendDate": f"{wall(at):%Y%m%d}", "PageSize": "1", "CurrentPage": "1"}
    signed = encoded(query if asked is None else asked)
    host = server.origin.removeprefix("http://")
    request = Acs3Request(host, action, "2017-05-25", {}, signed.encode())
    key = Key("LTAI5tSandboxGongkai", secret(server, "aliyun"))
    given = signed_headers(request, key, at, nonce) | {name.replace("_", "-"): headers[name] for name in headers}
    given = {name: value for name, value in given.items() if value}
    answer = requests.post(server.origin, data=signed.encode() if body is None else body, headers=given, timeout=10)
    return answer.json()["Code"], answer.status_code


def test_a_nonce_is_good_once(server: Running) -> None:
    now = datetime.now(UTC)
    assert post(server, now, "once") == ("OK", 200)
    assert post(server, now, "once") == ("SignatureNonceUsed", 400)
    assert post(server, now, "twice") == ("OK", 200)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_acs_action": "Other"}, ("SignatureDoesNotMatch", 400)),
        ({"x_acs_content_sha256": "0" * 64}, ("SignatureDoesNotMatch", 400)),
        ({"x_acs_unsigned": "1"}, ("IncompleteSignature", 400)),
        ({"authorization": "Basic x"}, ("IncompleteSignature", 400)),
        ({"authorization": ""}, ("IncompleteSignature", 400)),
        ({"x_acs_date": "now"}, ("InvalidTimeStamp.Format", 400)),
        ({"x_acs_signature_nonce": ""}, ("MissingSignatureNonce", 400)),
        ({"x_acs_content_sha256": ""}, ("MissingContentSHA256", 400)),
    ],
)
def test_what_was_changed_on_the_way_is_refused(server: Running, headers: dict[str, Any], code: Any) -> None:
    assert post(server, datetime.now(UTC), f"changed{headers}", **headers) == code


def test_another_body_is_refused(server: Running) -> None:
    now = datetime.now(UTC)
    assert post(server, now, "body", body=b"PhoneNumber=13900000002")[0] == "SignatureDoesNotMatch"


def test_a_request_may_be_a_quarter_of_an_hour_off(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    DrivenClock(now, file=tmp_path / "now")
    register(tmp_path)
    with running(tmp_path, clock=tmp_path / "now") as server:
        for seconds in (-901, 901):
            assert post(server, now + timedelta(seconds=seconds), f"{seconds}")[0] == "InvalidTimeStamp.Expired"
        for seconds in (-900, 900):
            assert post(server, now + timedelta(seconds=seconds), f"{seconds}")[0] == "OK"


def test_without_a_registration_nobody_is_known(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert post(server, datetime.now(UTC)) == ("InvalidAccessKeyId.NotFound", 404)


# -- how it misbehaves -------------------------------------------------------------------------------


def test_told_a_code_it_refuses_with_it_and_keeps_nothing(server: Running) -> None:
    before = len(witness(server, "aliyun"))
    server.misbehave(partner="aliyun", how="code", code="isv.OUT_OF_SERVICE", times=1)
    assert send(server, "13900000050").code == "isv.OUT_OF_SERVICE"
    server.misbehave(partner="aliyun", how="code", code="Throttling.User", times=1)
    with pytest.raises(ClientException) as refused:
        send(server, "13900000050")
    assert refused.value.code == "Throttling.User"
    server.misbehave(partner="aliyun", how="code", code="isv.BUSINESS_LIMIT_CONTROL", numbers=["13900000051"])
    assert send(server, "13900000050,13900000051").code == "isv.BUSINESS_LIMIT_CONTROL"
    assert len(witness(server, "aliyun")) == before
    assert send(server, "13900000050").code == "OK"


@pytest.mark.parametrize(
    ("code", "status"),
    [("isv.OUT_OF_SERVICE", 200), ("isp.SYSTEM_ERROR", 200), ("SignatureDoesNotMatch", 400), ("Throttling.User", 400)],
)
@pytest.mark.parametrize("numbers", [[], ["13900000001"]])
def test_the_gateways_codes_have_its_status(server: Running, code: str, status: int, numbers: list[str]) -> None:
    asked = {"PhoneNumbers": "13900000001", "SignName": SIGN, "TemplateCode": "SMS_000001"}
    asked |= {"TemplateParam": json.dumps(VALUES)}
    server.misbehave(partner="aliyun", how="code", code=code, numbers=numbers)
    assert post(server, datetime.now(UTC), f"{code}{numbers}", "SendSms", asked) == (code, status)


def test_told_so_only_one_of_its_actions_misbehaves(server: Running) -> None:
    server.misbehave(partner="aliyun", how="code", code="isv.OUT_OF_SERVICE", at="SendSms")
    assert details(server, "13900000053").code == "OK"
    assert send(server, "13900000053").code == "isv.OUT_OF_SERVICE"


@pytest.mark.parametrize("how", ["after", "reset", "drop"])
def test_it_takes_the_text_and_its_answer_is_never_seen(server: Running, how: str) -> None:
    before = len(witness(server, "aliyun"))
    server.misbehave(partner="aliyun", how=how, status=503, times=1)
    with pytest.raises(UnretryableException):
        send(server, "13900000052")
    assert len(witness(server, "aliyun")) == before + 1


def test_told_to_be_slow_it_has_the_text_before_it_answers(server: Running) -> None:
    before, begun = len(witness(server, "aliyun")), time.monotonic()
    server.misbehave(partner="aliyun", how="slow", seconds=0.5, times=1)
    assert send(server, "13900000055").code == "OK"
    assert time.monotonic() - begun >= 0.5
    assert len(witness(server, "aliyun")) == before + 1


def test_it_dies_with_the_text_on_disk_and_knows_it_when_started_again(tmp_path: Path) -> None:
    register(tmp_path)
    with running(tmp_path) as first:
        first.misbehave(partner="aliyun", how="exit")
        with pytest.raises(UnretryableException):
            send(first, "13900000060")
        assert first.process.wait(timeout=10) == 70
    with running(tmp_path) as second:
        assert details(second, "13900000060").total_count == "1"
        assert tell(second, "aliyun", "receipts", to="")["receipts"] == 1


def test_a_request_that_was_taken_is_not_taken_again_after_a_restart(tmp_path: Path) -> None:
    register(tmp_path)
    now = datetime.now(UTC)
    asked = {"PhoneNumbers": "13900000061", "SignName": SIGN, "TemplateCode": "SMS_000001"}
    asked |= {"TemplateParam": json.dumps(VALUES)}
    for code in ("OK", "SignatureNonceUsed"):
        with running(tmp_path) as server:
            assert post(server, now, "again", "SendSms", asked)[0] == code
