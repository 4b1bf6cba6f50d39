"""How often 腾讯云短信 texts one number, by the console's 短信频率限制策略; an office may change each number."""

from sandbox.sms.rates import Window
from sandbox.sms.witness import Text


def _any(one: Text, other: Text) -> bool:
    return True


def _content(one: Text, other: Text) -> bool:
    return one.text == other.text


WINDOWS = (
    Window(
        "thirty_seconds",
        30,
        1,
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        "The number of SMS messages sent from a single mobile number within 30 seconds exceeds the upper limit",
        _any,
    ),
    Window(
        "hour",
        3_600,
        5,
        "LimitExceeded.PhoneNumberOneHourLimit",
        "The number of SMS messages sent from a single mobile number within one hour exceeds the upper limit",
        _any,
    ),
    Window(
        "day",
        None,
        10,
        "LimitExceeded.PhoneNumberDailyLimit",
        "The number of SMS messages sent from a single mobile number every day exceeds the upper limit",
        _any,
    ),
    Window(
        "same_content_day",
        None,
        5,
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
        "The number of SMS messages with the same content exceeds the upper limit",
        _content,
    ),
)
