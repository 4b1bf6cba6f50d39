"""What an endpoint of texts may set; whatever else is refused, with what can be."""

from typing import Any

import pytest
from pydantic import ValidationError

from channels.sms.options import SmsOptions
from tests.channels.contract import options

MOST = "x" * 12  # characters of a signature


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"vendor": "huawei"}, "aliyun, tencent"),
        ({"vendor": "tencent"}, "SmsSdkAppId"),
        ({"batch": 1_001}, "1000"),
        ({"origin": "https://evil.example"}, "127.0.0.1"),
        ({"origin": "http://dysmsapi.aliyuncs.com"}, "127.0.0.1"),
        ({"origin": "http://10.0.0.1:8082"}, "127.0.0.1"),
        ({"origin": "http://localhost:8082"}, "127.0.0.1"),
        ({"origin": "http://127.0.0.1:8082/x"}, "127.0.0.1"),
        ({"origin": "no address"}, "127.0.0.1"),
        ({"sign": "【人社局】"}, "sign"),
        ({"sign": f"{MOST}x"}, "sign"),
        ({"sign": "局"}, "sign"),
        ({"phone": "13900000000"}, "phone"),  # of an office, and nobody's mobile
        ({"phone": "12333转1"}, "phone"),
        ({"site": "www.yunling.example"}, "site"),
        ({"secret": ""}, "secret"),
        ({"price": "-0.01"}, "price"),
        ({"ceiling": "-1"}, "ceiling"),
        ({"daily": 0}, "daily"),
        ({"daily_each": 0}, "daily_each"),
        ({"asked_again_after": 0}, "asked_again_after"),
        ({"emergencies_twice": True}, "second"),
        ({"emergencies": "twice"}, "emergencies"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SmsOptions.model_validate(options("sms") | given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"vendor": "tencent", "app": "1400006666"},
        {"batch": 1_000},
        {"origin": "http://127.0.0.1:8082"},
        {"origin": "http://[::1]:8082"},
        {"sign": MOST},
        {"phone": "0871-63000000"},
        {"phone": "400-123-4567"},
        {"price": "0", "ceiling": "0", "daily": 1, "daily_each": 1, "asked_again_after": 1},
    ],
)
def test_what_can_be_is_taken(given: dict[str, Any]) -> None:
    assert SmsOptions.model_validate(options("sms") | given)


def test_what_is_not_set_costs_nobody_a_night_or_a_second_text() -> None:
    plain = SmsOptions.model_validate(options("sms"))
    assert (plain.quiet_from.hour, plain.quiet_to.hour) == (22, 8)
    assert (plain.emergencies_twice, plain.second, plain.withdrawals) == (False, None, True)
    assert plain.asked_again_after == 600
    assert (plain.most, plain.variables) == (1_000, 35)
