"""What the robot says: of a release, a correction, a withdrawal; in both formats; never too long."""

import json

import pytest

from channels.base import LimitsBroken, Rendition
from config.limits import limits
from notices.notice import Message, Urgency
from tests import factories
from tests.breaks import breaks
from tests.channels.contract import messages
from tests.channels.wecom.robots import channel, content, posted

FIRST = factories.version()
BY_NOVEMBER = factories.fact("make_up_by", "补缴截止日", FIRST.facts[6].type, "2026-11-30")
SECOND = factories.version(
    number=2, public_note="补缴截止日期更正为11月30日。", facts=(*FIRST.facts[:6], BY_NOVEMBER, *FIRST.facts[7:])
)
ADDRESS = factories.message().address


def withdrawn(leaves: str) -> Message:
    """The withdrawal of ``FIRST``."""
    gone = factories.withdrawal(leaves=leaves, redirect="202611-abcdefgh" if leaves == "redirect" else None)
    return factories.message(FIRST, withdrawal=gone, sequence=2, previous=FIRST)


def test_a_release_in_markdown() -> None:
    assert content(factories.message()).splitlines() == [
        '<font color="info">【新发布】</font>社保缴费基数调整通知',
        f"**{FIRST.title}**",
        FIRST.summary,
        "> 基数上限：**22350元**",
        "> 基数下限：**4470元**",
        "> 补缴截止日：**2026年10月30日**",
        "> 文号：**云高人社发〔2026〕18号**",
        "",  # else some client takes the next line into the quote
        f"[查看全文]({ADDRESS})",
    ]


def test_a_correction_says_what_changed_and_what_it_was() -> None:
    said = content(factories.message(SECOND, previous=FIRST))
    assert said.startswith('<font color="warning">【更正】</font>')
    assert "> 更正说明：**补缴截止日期更正为11月30日。**" in said
    assert "> 补缴截止日：**2026年11月30日（原为2026年10月30日）**" in said
    assert "> 基数上限：**22350元**\n" in said


def test_a_correction_names_a_fact_that_changed_although_its_kind_does_not_put_it_first() -> None:
    phone = factories.fact("phone", "咨询电话", FIRST.facts[10].type, "0800-1234567")
    second = factories.version(number=2, public_note="电话更正。", facts=(*FIRST.facts[:10], phone))
    said = content(factories.message(second, previous=FIRST))
    assert "> 咨询电话：**0800-1234567（原为12333）**" in said
    assert "云人社发" not in said


def test_a_withdrawal_names_its_notice_only_where_the_page_stays() -> None:
    banner, gone, redirect = (content(withdrawn(leaves)) for leaves in ("banner", "gone", "redirect"))
    assert FIRST.title in banner
    assert f"[查看撤回说明]({ADDRESS})" in banner
    for said in (gone, redirect):
        assert FIRST.title not in said
        assert FIRST.index_number in said
    assert ADDRESS not in gone
    assert f"[查看替代的公开件]({ADDRESS})" in redirect
    for said in (banner, gone, redirect):
        assert "> 撤回理由：**上级调整了缴费基数，原通知停止执行。**" in said
        assert "2026年11月25日" in said


def test_an_emergency_says_so_first() -> None:
    urgent = factories.version(urgency=Urgency.EMERGENCY)
    assert content(factories.message(urgent)).startswith('<font color="warning">【紧急】</font>')


def test_a_text_says_the_same_without_marks() -> None:
    for said in (factories.message(), factories.message(SECOND, previous=FIRST), withdrawn("redirect")):
        text = content(said, format="text")
        assert text == channel(format="text").render(said).text
        assert text.replace(f"：{ADDRESS}", "") == channel().render(said).text, "what a reader of the Markdown sees"
        assert not any(mark in text for mark in ("**", "<font", "](", "> "))
        assert f"：{ADDRESS}" in text


def test_the_bytes_that_are_posted() -> None:
    body = channel().render(factories.message()).main.body
    assert json.loads(body).keys() == {"msgtype", "markdown"}
    assert "社会保险".encode() in body
    assert b"\\u" not in body


def test_mentions_are_in_the_approved_bytes_and_make_an_edition_of_their_own() -> None:
    said = factories.message()
    markdown = channel(mention=("lixiao", "wang.wu"))
    assert posted(markdown.render(said))["markdown"]["content"].splitlines()[-1] == "<@lixiao><@wang.wu>"
    text = channel(format="text", mention=("@all",), mention_mobiles="zhiban")
    found = posted(text.render(said))["text"]
    assert (found["mentioned_list"], found["mentioned_mobile_list"]) == (["@all"], ["@@gongkai:mobiles@@"])
    editions = [one.edition for one in (channel(), channel(format="text"), markdown, text)]
    assert len(set(editions)) == 4
    assert editions[:2] == ["markdown", "text"]
    assert channel(format="text", mention=("@all",), mention_mobiles="lingdao").edition not in editions


@pytest.mark.parametrize("users", [(), ("lixiao",)])
def test_each_format_mentions_in_its_own_place_and_nobody_unasked(users: tuple[str, ...]) -> None:
    said = factories.message()
    plain = {name: posted(channel(format=name).render(said))[name] for name in ("markdown", "text")}
    assert [set(one) for one in plain.values()] == [{"content"}] * 2
    markdown = posted(channel(mention=users).render(said))["markdown"]
    assert markdown == {"content": plain["markdown"]["content"] + ("\n<@lixiao>" if users else "")}
    text = posted(channel(format="text", mention=users).render(said))["text"]
    assert text == plain["text"] | ({"mentioned_list": ["lixiao"]} if users else {})


def test_a_wording_of_its_own_goes_first() -> None:
    own = factories.version(wording={"wecom": {"title": "短题", "summary": "短述"}})
    assert content(factories.message(own)).splitlines()[1:3] == ["**短题**", "短述"]


@breaks("wecom", "markdown")
def test_markdown_that_is_too_long() -> Rendition:
    return channel().render(factories.message(factories.version(summary="长" * 1_400)))


@breaks("wecom", "text")
def test_a_text_that_is_too_long() -> Rendition:
    return channel(format="text").render(factories.message(factories.version(summary="长" * 700)))


@pytest.mark.parametrize("format_", ["markdown", "text"])
def test_as_much_shorter_as_the_author_is_told_fits_and_no_less(format_: str) -> None:
    one = channel(format=format_)
    most = limits("wecom")[format_].value
    room = (most - one.render(factories.message(factories.version(summary="字"))).used[format_]) // 3
    assert one.render(factories.message(factories.version(summary="长" * (1 + room)))).used[format_] <= most
    with pytest.raises(LimitsBroken) as caught:
        one.render(factories.message(factories.version(summary="长" * (1 + room + 40))))
    assert "约 40 字" in caught.value.broken[0].advice


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (factories.message(factories.version(title="长" * 1_500)), "标题"),
        (factories.message(factories.version(summary="长" * 1_500)), "内容概述"),
        (factories.message(factories.version(wording={"wecom": {"summary": "长" * 1_500}})), "渠道用语—wecom—摘要"),
        (factories.message(factories.version(number=2, public_note="长" * 1_500), previous=FIRST), "更正说明"),
        (factories.message(FIRST, sequence=2, withdrawal=factories.withdrawal(reason="长" * 1_500)), "撤回理由"),
    ],
    ids=["title", "summary", "own summary", "note", "reason"],
)
def test_who_writes_too_much_is_told_where(said: Message, where: str) -> None:
    with pytest.raises(LimitsBroken) as caught:
        channel().render(said)
    assert [broken.where for broken in caught.value.broken] == [where]


def test_every_sample_fits_as_a_text_too() -> None:
    one = channel(format="text")
    for label, said in messages().items():
        assert one.render(said).used["text"] <= limits("wecom")["text"].value, label
