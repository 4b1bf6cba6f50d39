"""What a vendor would reject is rejected, whatever its file says."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.sms.aliyun import Aliyun
from sandbox.sms.registered import Kind, Registrations, State, Template, Unreadable
from sandbox.sms.tencent import Tencent
from sandbox.sms.vendor import Vendor

ALIYUN = {"code": "SMS_1", "text": "${year}年度基数${top}元"}
TENCENT = {"code": "1", "text": "{1}年度基数{2}元"}


@pytest.mark.parametrize(
    ("text", "kind", "fault"),
    [
        ("${year}年度缴费基数，详询12333。", Kind.NOTICE, ""),
        ("字" * 500, Kind.NOTICE, ""),
        ("字" * 501, Kind.NOTICE, "500"),
        ("", Kind.NOTICE, "500"),
        ("【签名】内容", Kind.NOTICE, "【】"),
        ("[内容", Kind.NOTICE, "【】"),
        ("★内容", Kind.NOTICE, "★"),
        ("内容😀", Kind.NOTICE, "😀"),
        ("${a}${b}内容", Kind.NOTICE, "相邻"),
        ("${a}，${b}。", Kind.NOTICE, "全变量"),
        ("看www.example.cn/${a}", Kind.NOTICE, "链接"),
        ("看https://${a}.cn", Kind.NOTICE, "链接"),
        ("看www.example.gov.cn，编号${a}", Kind.NOTICE, ""),
        ("打13800001234", Kind.NOTICE, "手机号"),
        ("详询0871-63123456", Kind.NOTICE, ""),
        ("内容，拒收请回复R", Kind.NOTICE, "不能包含"),
        ("内容，拒收请回复R", Kind.PROMOTION, ""),
        ("内容", Kind.PROMOTION, "末尾"),
        ("您的码为${code}", Kind.CAPTCHA, "验证码"),
        ("您的验证码为${code}", Kind.CAPTCHA, ""),
    ],
)
def test_the_rules_of_a_template(text: str, kind: Kind, fault: str) -> None:
    template = of(Aliyun, ALIYUN | {"kind": kind, "text": text})
    assert (fault in template.fault) if fault else template.fault == ""
    assert template.reviewed is (State.REJECTED if fault else State.APPROVED)


@pytest.mark.parametrize(
    ("vendor", "given", "fault"),
    [
        (Aliyun, ALIYUN | {"variables": {"year": "other_number2"}}, ""),
        (Aliyun, ALIYUN | {"variables": {"year": "number"}}, "number"),
        (Aliyun, ALIYUN | {"variables": {"month": "time"}}, "month"),
        (Aliyun, ALIYUN | {"text": "{1}年度基数"}, "格式"),
        (Aliyun, ALIYUN | {"text": "${1}年度基数"}, "格式"),
        (Aliyun, ALIYUN | {"text": "${年}年度基数"}, "格式"),
        (Tencent, TENCENT, ""),
        (Tencent, TENCENT | {"text": "{2}年度基数{1}元，{2}年起"}, ""),
        (Tencent, TENCENT | {"text": "{1}{2}年度基数"}, "相邻"),
        (Tencent, TENCENT | {"text": "{2}年度基数"}, "编号"),
        (Tencent, TENCENT | {"text": "{1}年度基数{3}元"}, "编号"),
        (Tencent, TENCENT | {"text": "{0}年度基数"}, "格式"),
        (Tencent, TENCENT | {"text": "${year}年度基数"}, "格式"),
        (Tencent, TENCENT | {"text": "${1}年度基数"}, "格式"),
        (Tencent, TENCENT | {"variables": {"1": "time"}}, "time"),
    ],
)
def test_each_vendor_has_its_own_variables(vendor: type[Vendor], given: dict[str, Any], fault: str) -> None:
    template = of(vendor, given)
    assert (fault in template.fault) if fault else template.fault == ""


def of(vendor: type[Vendor], given: dict[str, Any]) -> Template:
    """A template that is registered at ``vendor``."""
    return Template.model_validate(given, context=vendor.rules)


def test_the_file_is_read_again_when_it_changes_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "aliyun.toml"
    registrations = Registrations(file, Aliyun.rules)
    assert registrations.read() is None
    file.write_text('key_id = "a"')
    first = registrations.read()
    assert first is not None
    assert registrations.read() is first
    file.write_text('key_id = "other"')
    second = registrations.read()
    assert second is not None
    assert second.key_id == "other"
    file.write_text('key_id = "a"\nkey = "b"')
    with pytest.raises(Unreadable, match="key"):
        registrations.read()


@pytest.mark.parametrize(
    ("vendor", "said", "wrong"),
    [
        (Aliyun, "limits = { day = 1 }", "limits: day"),
        (Tencent, "limits = { notice_day = 1 }", "limits: notice_day"),
        (Aliyun, '[[template]]\ncode = "1001"\ntext = "内容"', "1001"),
        (Tencent, '[[template]]\ncode = "SMS_1"\ntext = "内容"', "SMS_1"),
        (Tencent, '[[template]]\ncode = "１００１"\ntext = "内容"', "１００１"),
        (Aliyun, "details_after = 1e300", "details_after"),
        (Aliyun, "receipts = { after = nan }", "after"),
        (Aliyun, "receipts = { times = 1000000000 }", "times"),
    ],
)
def test_what_the_vendor_does_not_have_cannot_be_registered(
    tmp_path: Path, vendor: type[Vendor], said: str, wrong: str
) -> None:
    file = tmp_path / "vendor.toml"
    file.write_text(f'key_id = "a"\n{said}', "utf-8")
    with pytest.raises(Unreadable, match=wrong):
        Registrations(file, vendor.rules).read()
