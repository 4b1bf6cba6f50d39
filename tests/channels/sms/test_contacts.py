"""Links and contacts in what somebody wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.contacts import contact
from channels.sms.registration import Syntax
from sandbox.sms.variables import check
from sandbox.sms.vendor import Refusal
from tests.channels.sms.outlets import at_vendor, releases

PIECES = ["字", "，", "http", "https://", "www.", "a.cn", ".gov", ".cn", "139", "00001234", "微信", "QQ", ":", " ", "-"]
PIECES += ["abc12", "12345", "10.", "0.0.1", "号", "2026", "年", "@", "电话"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("登录https://rsj.example/a", "https:"),
        ("登录www.yunling.gov.cn", "www."),
        ("登录yunling.gov.cn", "g.gov"),
        ("邮箱rsj@yunling.example", "rsj@yunling.example"),
        ("联系13800001234", "13800001234"),
        ("电话0800-8123456", "0800-8123456"),
        ("电话8123456", "8123456"),
        ("拨打400-123-4567", "400-123-4567"),
        ("拨打12333", "12333"),
        ("微信：rsj12345", "微信：rsj12345"),
    ],
)
def test_a_contact_is_found(text: str, found: str) -> None:
    assert contact(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "2026年公开招聘社区工作者拟聘用人员",
        "云高人社发〔2026〕15号",
        "缴费基数22350元",
        "安置12800人",
        "补贴95000元",
        "补贴资金2350000元",
        "截至20261126公示",
        "工作日9:00至12:00",
        "2.3个工作日",
        "清河村、石桥村便民服务点（社区）",
    ],
)
def test_figures_and_names_are_none(text: str) -> None:
    assert contact(text) == ""


def test_nothing_of_the_samples_that_may_fill_a_blank_is_one() -> None:
    """But for an e-mail address, which no text names."""
    for label, said in releases().items():
        given_ = {name: value for name, value in said.version.fields.items() if isinstance(value, str)}
        phones = {fact.name for fact in said.version.facts if fact.type == "phone"}
        words = {name: value for name, value in given_.items() if name not in {"email", *phones}}
        assert [name for name, value in words.items() if contact(value)] == [], label


def refused(value: str) -> bool:
    """Whether the vendor takes no such variable, however short it is."""
    template = at_vendor("字${a}字", Syntax.NAMED, {"a": "others"})
    try:
        check(template, {"a": value})
    except Refusal as refusal:
        return refusal.code != "isv.PARAM_LENGTH_LIMIT"
    return False


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_what_the_vendor_would_refuse_as_one_is_found(value: str) -> None:
    assert contact(value) or not refused(value)
