"""What codes mean: every documented one is in the table, and what is not is never taken for a no."""

import re
import tomllib
from pathlib import Path

import pytest
from tencentcloud.sms.v20210111 import errorcodes

from channels.base import Gone, Refused, TryAgain, Unsure
from channels.sms.judge import of_code, of_status
from channels.sms.rules import Means, NextDay, rules
from channels.sms.vendor import Doubtful, Rejected, Slower, SomeNumber, Unwanted
from config.messages import catalogue
from tests.source import ROOT

REQUEST = "ED93F3CB-F35E-473F-B9F3-0D451B8B79C6"
# Of actions that are not ours: to register signatures, templates and applications, and to count.
OTHER_ACTIONS = re.compile(
    r"FailedOperation\.(?:ForbidAdd|MissingSignature|MissingTemplate|Qualification|Sign(?:IdNot|Number)|Template(?:Already|Number))"
)


@pytest.mark.parametrize(
    "code", sorted(value for name, value in vars(errorcodes).items() if name.isupper() and "." in value)
)
def test_every_code_of_tencents_sdk_is_in_the_table(code: str) -> None:
    rule = rules("tencent").of_code(code, 200)
    assert rule.says != "odd_code" or OTHER_ACTIONS.match(code)


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
def test_every_rule_has_its_message_and_every_message_its_rule(vendor: str) -> None:
    table = rules(vendor).codes
    assert all(rule.says in catalogue("smsvendor") for rule in table.values() if rule.means is not Means.TAKEN)
    assert [code for code, rule in table.items() if rule.means is Means.TAKEN] == [{"aliyun": "OK"}.get(vendor, "Ok")]
    assert all(rule.retry_after is None or rule.means in (Means.AGAIN, Means.NUMBER) for rule in table.values())
    file = tomllib.loads((ROOT / "config" / "sms" / f"{vendor}.toml").read_text("utf-8"))
    assert sum(len(row["codes"]) for row in file["code"]) == len(table), "a code stands twice"


def test_no_message_is_left_over() -> None:
    used = {rule.says for vendor in ("aliyun", "tencent") for rule in rules(vendor).codes.values()}
    used |= {of_status(vendor, status).rule.says for vendor in ("aliyun", "tencent") for status in range(1_000)}
    source = "".join(Path(file).read_text("utf-8") for file in (ROOT / "channels" / "sms").glob("*.py"))
    used |= set(re.findall(r"smsvendor\.([a-z_]+)", source)) | {"odd_code", "aliyun", "tencent"}
    assert sorted(catalogue("smsvendor").keys() - used) == []


@pytest.mark.parametrize(
    ("vendor", "code", "means", "firm"),
    [
        ("aliyun", "isv.OUT_OF_SERVICE", Gone, None),
        ("aliyun", "isv.AMOUNT_NOT_ENOUGH", Gone, None),
        ("aliyun", "isv.MONTH_LIMIT_CONTROL", Gone, None),
        ("aliyun", "isv.DENY_IP_RANGE", Gone, None),
        ("aliyun", "isp.RAM_PERMISSION_DENY", Gone, None),
        ("aliyun", "isv.DAY_LIMIT_CONTROL", TryAgain, None),
        ("aliyun", "isv.SMS_TEMPLATE_ILLEGAL", Refused, True),
        ("aliyun", "isv.SIGN_STATE_ILLEGAL", Refused, True),
        ("aliyun", "isv.PARAM_LENGTH_LIMIT", Refused, True),
        ("aliyun", "isv.SMS_CONTENT_ILLEGAL", Unwanted, True),
        ("aliyun", "isv.SOMETHING_NEW", Refused, False),
        ("aliyun", "isv.MOBILE_NUMBER_ILLEGAL", SomeNumber, None),
        ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", SomeNumber, None),
        ("aliyun", "isv.BLACK_KEY_CONTROL_LIMIT", SomeNumber, None),
        ("aliyun", "isp.SYSTEM_ERROR", Unsure, None),
        ("aliyun", "isp.GATEWAY_ERROR", Unsure, None),
        ("aliyun", "isp.SOMETHING_NEW", Unsure, None),
        ("aliyun", "SOMETHING_NEW", Unsure, None),
        ("tencent", "FailedOperation.InsufficientBalanceInSmsPackage", Gone, None),
        ("tencent", "UnauthorizedOperation.SdkAppIdIsDisabled", Gone, None),
        ("tencent", "UnauthorizedOperation.SomethingNew", Gone, None),
        ("tencent", "AuthFailure.SecretIdNotFound", Gone, None),
        ("tencent", "AuthFailure.SignatureExpire", TryAgain, None),
        ("tencent", "RequestLimitExceeded.UinLimitExceeded", Slower, None),
        ("tencent", "LimitExceeded.AppDailyLimit", TryAgain, None),
        ("tencent", "FailedOperation.TemplateIncorrectOrUnapproved", Refused, True),
        ("tencent", "InvalidParameterValue.TemplateParameterLengthLimit", Refused, True),
        ("tencent", "FailedOperation.ContainSensitiveWord", Unwanted, True),
        ("tencent", "InvalidParameterValue.SomethingNew", Refused, False),
        ("tencent", "FailedOperation.PhoneNumberInBlacklist", SomeNumber, None),
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", SomeNumber, None),
        ("tencent", "InternalError.Timeout", Unsure, None),
        ("tencent", "InternalError.SomethingNew", Unsure, None),
        ("tencent", "FailedOperation.SomethingNew", Unsure, None),
        ("tencent", "ResourceUnavailable", Unsure, None),
    ],
)
def test_a_code_of_the_whole_request(vendor: str, code: str, means: type[Exception], firm: bool | None) -> None:
    failure = of_code(vendor, code, REQUEST).failure()
    assert type(failure) is means
    assert getattr(failure, "final", None) is firm
    assert f"{code} {REQUEST}" in str(failure)


@pytest.mark.parametrize(
    ("code", "status", "means"),
    [
        ("Throttling", 400, Slower),
        ("Throttling.Api", 503, Slower),
        ("InvalidTimeStamp.Expired", 400, TryAgain),
        ("InvalidAccessKeyId.Inactive", 400, Gone),
        ("SignatureDoesNotMatch", 403, Gone),
        ("Forbidden.RAM", 403, Gone),
        ("MissingPhoneNumbers", 400, Refused),
        ("SomethingNew", 400, Refused),
        ("SomethingNew", 503, Unsure),
        ("InternalError", 500, Unsure),
        ("ServiceUnavailable", 503, Unsure),
        ("ServiceUnavailable", 400, Unsure),
        ("SignatureNonceUsed", 400, Unsure),  # each of ours is new: the one that used it was this very request
        ("OK", 500, Unsure),
        ("OK", 302, TryAgain),
    ],
)
def test_a_code_of_the_gateway(code: str, status: int, means: type[Exception]) -> None:
    assert type(of_code("aliyun", code, "", status).failure()) is means


@pytest.mark.parametrize(
    ("vendor", "code", "next_day"),
    [
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", NextDay.EACH),
        ("tencent", "LimitExceeded.PhoneNumberSameContentDailyLimit", NextDay.EACH),
        ("tencent", "LimitExceeded.PhoneNumberOneHourLimit", NextDay.NONE),
        ("tencent", "LimitExceeded.PhoneNumberThirtySecondLimit", NextDay.NONE),
        ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", NextDay.LAST),
    ],
)
def test_what_is_over_with_the_day_says_so(vendor: str, code: str, next_day: NextDay) -> None:
    result = of_code(vendor, code, "").of_one()
    assert isinstance(result, Rejected)
    assert (result.final, result.next_day) == (False, next_day)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("InvalidParameterValue.IncorrectPhoneNumber", (True, None)),
        ("FailedOperation.PhoneNumberInBlacklist", (True, None)),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", (False, 30)),
        ("LimitExceeded.PhoneNumberDailyLimit", (False, 3_600)),
        ("LimitExceeded.SomethingNew", (False, 3_600)),
        ("LimitExceeded.AppDailyLimit", (False, 3_600)),
        ("FailedOperation.InsufficientBalanceInSmsPackage", (False, None)),
        ("FailedOperation.ContainSensitiveWord", (True, None)),
        ("InternalError.Timeout", None),
        ("FailedOperation.SomethingNew", None),
        ("", None),
    ],
)
def test_a_code_beside_one_number(code: str, found: tuple[bool, float | None] | None) -> None:
    result = of_code("tencent", code, "").of_one()
    assert isinstance(result, Rejected if found else Doubtful)
    assert found is None or (isinstance(result, Rejected) and (result.final, result.retry_after) == found)


@pytest.mark.parametrize(
    ("vendor", "code", "elsewhere"),
    [
        ("aliyun", "isv.MOBILE_NUMBER_ILLEGAL", False),  # it is none anywhere
        ("aliyun", "isv.CUSTOMER_REFUSED", False),  # who wants no more wants none from another
        ("aliyun", "isv.BLACK_KEY_CONTROL_LIMIT", False),
        ("aliyun", "isv.SMS_CONTENT_ILLEGAL", False),  # what it says is not to be said by another
        ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", True),
        ("aliyun", "isv.SMS_TEMPLATE_ILLEGAL", True),
        ("aliyun", "isv.AMOUNT_NOT_ENOUGH", True),
        ("tencent", "InvalidParameterValue.IncorrectPhoneNumber", False),
        ("tencent", "FailedOperation.PhoneNumberInBlacklist", False),
        ("tencent", "FailedOperation.ContainSensitiveWord", False),
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", True),
        ("tencent", "LimitExceeded.AppDailyLimit", True),
        ("tencent", "FailedOperation.TemplateIncorrectOrUnapproved", True),
        ("tencent", "FailedOperation.InsufficientBalanceInSmsPackage", True),
    ],
)
def test_whom_another_vendor_may_send_to(vendor: str, code: str, *, elsewhere: bool) -> None:
    verdict = of_code(vendor, code, "")
    result = verdict.of_one()
    assert isinstance(result, Rejected)
    assert (verdict.elsewhere, result.elsewhere) == (elsewhere, elsewhere)


@pytest.mark.parametrize("code", ["13912345678", "a13912345678", "isv.\x1b[31m", "长", "x" * 101, "two words", ""])
def test_a_code_that_is_none_is_not_shown(code: str) -> None:
    for request in ("13912345678", "\x1b[31m", REQUEST + "\n"):
        cause = of_code("aliyun", code, request).cause
        assert cause.isprintable()
        assert "139" not in cause
        assert len(cause) < 100
