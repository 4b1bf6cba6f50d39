"""What a vendor would reject is rejected, whatever its file says."""

from pathlib import Path

import pytest

from sandbox.sms.registered import Kind, Registrations, State, Template, Unreadable


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
        ("{1}{2}内容", Kind.NOTICE, "相邻"),
        ("${a}，${b}。", Kind.NOTICE, "全变量"),
        ("看www.example.cn/${a}", Kind.NOTICE, "链接"),
        ("看https://{1}.cn", Kind.NOTICE, "链接"),
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
    template = Template(code="1", kind=kind, text=text)
    assert (fault in template.fault) if fault else template.fault == ""
    assert template.reviewed is (State.REJECTED if fault else State.APPROVED)


def test_the_file_is_read_again_when_it_changes_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "aliyun.toml"
    registrations = Registrations(file)
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
