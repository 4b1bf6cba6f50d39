"""How often 阿里云短信 texts one number (its documents 44335 and 2949332); an office may change each number.

A day is the 24 hours from a text. The vendor's minutes and hours are those of the clock; here they run from the text,
too: whatever the vendor refuses is refused.
"""

from sandbox.sms.rates import Window
from sandbox.sms.registered import Kind
from sandbox.sms.witness import Text

LIMIT = "isv.BUSINESS_LIMIT_CONTROL"


def _captcha(one: Text, other: Text) -> bool:
    return one.kind == other.kind == Kind.CAPTCHA and one.sign == other.sign


def _notice(one: Text, other: Text) -> bool:
    return other.kind != Kind.CAPTCHA and (one.sign, one.template) == (other.sign, other.template)


WINDOWS = (
    Window("captcha_minute", 60, 1, LIMIT, "触发分钟级流控Permits", _captcha),
    Window("captcha_hour", 3_600, 5, LIMIT, "触发小时级流控Permits", _captcha),
    Window("captcha_day", 86_400, 10, LIMIT, "触发天级流控Permits", _captcha),
    Window("notice_day", 86_400, 50, LIMIT, "触发天级流控Permits", _notice),
)
