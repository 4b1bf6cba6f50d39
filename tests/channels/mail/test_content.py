"""What a mail says of a release, a correction, a withdrawal; how its bytes are made; what is too long."""

import re

import pytest

from channels.base import LimitsBroken, Rendition
from channels.mail.content import readable
from config.limits import limits
from notices.notice import Message, Urgency
from tests import factories
from tests.breaks import breaks
from tests.channels.contract import messages
from tests.channels.mail.post import channel, parsed

FIRST = factories.version()
BY_NOVEMBER = factories.fact("make_up_by", "补缴截止日", FIRST.facts[6].type, "2026-11-30")
SECOND = factories.version(
    number=2, public_note="补缴截止日期更正为11月30日。", facts=(*FIRST.facts[:6], BY_NOVEMBER, *FIRST.facts[7:])
)
ADDRESS = factories.message().address
FOOT = ["", "云岭高新区人力资源和社会保障局", "", "本邮件由系统自动发出，请不要回复。"]


def said(message: Message) -> tuple[str, list[str]]:
    """Subject and lines, as a mail program shows them."""
    mail = parsed(channel().render(message).main.body)
    return str(mail["Subject"]), str(mail.get_content()).splitlines()


def withdrawn(leaves: str) -> Message:
    """The withdrawal of ``FIRST``."""
    gone = factories.withdrawal(leaves=leaves, redirect="202611-abcdefgh" if leaves == "redirect" else None)
    return factories.message(FIRST, withdrawal=gone, sequence=2, previous=FIRST)


def test_a_release() -> None:
    subject, lines = said(factories.message())
    assert subject == FIRST.title
    assert lines == [
        "【新发布】社保缴费基数调整通知",
        "",
        FIRST.title,
        "",
        FIRST.summary,
        "",
        "基数上限：22350元",
        "基数下限：4470元",
        "补缴截止日：2026年10月30日",
        "文号：云高人社发〔2026〕18号",
        "",
        f"全文：{ADDRESS}",
        *FOOT,
    ]


def test_a_correction_says_what_changed_and_what_it_was() -> None:
    subject, lines = said(factories.message(SECOND, previous=FIRST))
    assert subject == f"【更正】{FIRST.title}"
    assert lines[:5] == ["【更正】社保缴费基数调整通知", "", FIRST.title, "", "更正说明：补缴截止日期更正为11月30日。"]
    assert "补缴截止日：2026年11月30日（原为2026年10月30日）" in lines
    assert f"更正后的全文：{ADDRESS}" in lines


def test_a_withdrawal_names_its_notice_only_where_the_page_stays() -> None:
    for leaves, address in (("banner", f"撤回说明：{ADDRESS}"), ("gone", ""), ("redirect", f"替代的公开件：{ADDRESS}")):
        subject, lines = said(withdrawn(leaves))
        text = "\n".join(lines)
        assert ("撤回理由：上级调整了缴费基数，原通知停止执行。" in lines, "2026年11月25日" in text) == (True, True)
        assert (FIRST.title in text, FIRST.title in subject) == ((leaves == "banner",) * 2)
        assert (FIRST.index_number in subject) is (leaves != "banner")
        assert (ADDRESS in text) is bool(address)
        assert not address or address in lines
        assert lines[-4:] == FOOT


def test_an_emergency_says_so_first() -> None:
    subject, lines = said(factories.message(factories.version(urgency=Urgency.EMERGENCY)))
    assert subject.startswith("【紧急】")
    assert lines[0] == "【紧急】【新发布】社保缴费基数调整通知"


def test_the_bytes_are_ascii_in_short_lines_and_say_that_a_program_sent_them() -> None:
    for label, message in messages().items():
        body = channel().render(message).main.body
        assert body.isascii()
        assert all(len(line) <= 78 for line in body.split(b"\r\n")), label
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)
        mail = parsed(body)
        assert (mail["Auto-Submitted"], mail.get_content_type()) == ("auto-generated", "text/plain")
        assert (mail.get_content_charset(), mail["Content-Language"]) == ("utf-8", "zh-CN")
        assert not [defect for one in mail.walk() for defect in one.defects]


def test_its_text_and_what_is_shown_are_subject_and_words_as_they_are_sent() -> None:
    rendition = channel().render(factories.message())
    (shown,) = channel().preview(rendition, {})
    assert shown.media_type.startswith("text/plain")
    assert shown.body.decode() == readable(rendition.main.body)
    assert rendition.text.split() == shown.body.decode().split()


@pytest.mark.parametrize(
    "words", ["甲\r\nBcc: evil@x.example", "甲\nBcc: evil@x.example", "甲\r\n\r\n<html>", "甲\x00乙\u2028丙"]
)
def test_an_authors_words_are_never_a_header(words: str) -> None:
    version = factories.version(title=words, summary=words, number=2, public_note=words, document_number=words)
    gone = factories.withdrawal(reason=words)
    plain = parsed(channel().render(factories.message()).main.body)
    for message in (
        factories.message(version, previous=FIRST),
        factories.message(version, sequence=3, withdrawal=gone),
    ):
        mail = parsed(channel().render(message).main.body)
        assert mail.keys() == plain.keys()
        assert not re.search(r"[\x00-\x1f\u2028]", str(mail["Subject"]))
        assert not any(line.startswith(("Bcc", "<html>")) for line in str(mail.get_content()).splitlines())


def test_a_wording_of_its_own_goes_first() -> None:
    own = factories.version(wording={"mail": {"title": "短题", "summary": "短述"}})
    subject, lines = said(factories.message(own))
    assert (subject, lines[2], lines[4]) == ("短题", "短题", "短述")


@breaks("mail", "subject")
def test_a_subject_that_is_too_long() -> Rendition:
    return channel().render(factories.message(factories.version(title="长" * 141)))


@breaks("mail", "size")
def test_a_mail_that_is_too_large() -> Rendition:
    return channel().render(factories.message(factories.version(summary="长" * 12_000)))


def test_a_title_that_the_site_takes_can_be_corrected_in_an_emergency_and_withdrawn() -> None:
    longest = factories.version(title="长" * limits("website")["title"].value, urgency=Urgency.EMERGENCY, number=2)
    channel().render(factories.message(longest, previous=FIRST))
    channel().render(factories.message(longest, sequence=3, withdrawal=factories.withdrawal()))


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (factories.message(factories.version(title="长" * 141)), "标题"),
        (factories.message(factories.version(wording={"mail": {"title": "长" * 141}})), "渠道用语—mail—标题"),
        (factories.message(factories.version(summary="长" * 12_000)), "内容概述"),
        (factories.message(factories.version(wording={"mail": {"summary": "长" * 12_000}})), "渠道用语—mail—摘要"),
        (factories.message(factories.version(number=2, public_note="长" * 12_000), previous=FIRST), "更正说明"),
        (factories.message(FIRST, sequence=2, withdrawal=factories.withdrawal(reason="长" * 12_000)), "撤回理由"),
    ],
    ids=["title", "own title", "summary", "own summary", "note", "reason"],
)
def test_who_writes_too_much_is_told_where(message: Message, where: str) -> None:
    with pytest.raises(LimitsBroken) as caught:
        channel().render(message)
    assert [broken.where for broken in caught.value.broken] == [where]
