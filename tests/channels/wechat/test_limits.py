"""Every limit of the platform, broken by the notice that breaks exactly it."""

from pathlib import Path

import pytest

from channels.base import Delivered, LimitsBroken
from channels.wechat import Channel, WechatOptions
from config.limits import limits
from notices.notice import Attachment, Message
from tests import factories
from tests.breaks import breaks
from tests.channels.contract import tools
from tests.channels.wechat.account import Notice, deliver, work
from tests.sandbox.wechat.platform import APPID, Platform

ENOUGH = "字" * 30


def render(said: Message, folder: Path, author: str = "") -> object:
    """The rendition of ``said``; nothing is asked over HTTP."""
    with tools(folder) as given:
        return Channel(WechatOptions(appid=APPID, author=author), given).render(said)


def worded(title: str = "标题", **wording: str) -> Message:
    """A notice with words of its own for the account."""
    return factories.message(factories.version(wording={"wechat": {"title": title, **wording}}))


@breaks("wechat", "title")
def test_a_title_of_33_characters(tmp_path: Path) -> object:
    return render(worded("公布社会保险缴费基数上下限" * 2 + "和补缴办法的通知"[:7]), tmp_path)


@breaks("wechat", "digest")
def test_a_digest_of_129_characters(tmp_path: Path) -> object:
    return render(worded(summary="摘" * 129), tmp_path)


@breaks("wechat", "author")
def test_an_author_of_17_characters(tmp_path: Path) -> object:
    return render(worded(), tmp_path, author="云" * 17)


@breaks("wechat", "content")
def test_a_content_of_20_000_characters_with_its_markup(tmp_path: Path) -> object:
    return render(factories.message(factories.version(body="文" * 19_000)), tmp_path)


@breaks("wechat", "source_url")
def test_an_address_of_more_than_a_kilobyte(tmp_path: Path) -> object:
    return render(factories.message(address=f"{factories.PUBLIC_URL}/{'n' * 1020}"), tmp_path)


@breaks("wechat", "cover_text")
def test_a_title_that_no_cover_holds(tmp_path: Path) -> object:
    return render(worded("W" * 30), tmp_path)


@breaks("wechat", "glyphs")
def test_a_title_with_a_character_that_no_font_has(tmp_path: Path) -> object:
    return render(worded("标题😀"), tmp_path)


def attached(name: str, media_type: str, size: int) -> Message:
    """A notice that shows a file of this size in its body."""
    file = Attachment(name=name, media_type=media_type, size=size, sha256="0" * 64)
    return factories.message(factories.version(attachments=(file,), body=f"见图。\n\n![图](<{name}>)\n"))


@breaks("wechat", "picture_size")
def test_a_picture_of_a_megabyte(tmp_path: Path) -> object:
    return render(attached("流程 图.jpg", "image/jpeg", 1_048_576), tmp_path)


@breaks("wechat", "picture_type")
def test_a_picture_that_is_none(tmp_path: Path) -> object:
    return render(attached("流程图.pdf", "application/pdf", 1000), tmp_path)


def test_a_picture_that_is_refused_is_named_with_what_to_do(tmp_path: Path) -> None:
    for name, type_, size, words in (
        ("大.png", "image/png", 2_400_000, "“大.png”有2.29 MB，公众号只收小于1 MB的：请压缩"),
        ("表.pdf", "application/pdf", 1, "“表.pdf”不是 JPG 或 PNG，公众号不收：请另存"),
    ):
        with pytest.raises(LimitsBroken) as caught:
            render(attached(name, type_, size), tmp_path)
        (broken,) = caught.value.broken
        assert words in broken.advice
        assert name in broken.where


def test_the_largest_picture_is_taken_and_a_large_file_that_is_not_shown_too(tmp_path: Path) -> None:
    with tools(tmp_path) as given:
        channel = Channel(WechatOptions(appid=APPID), given)
        assert channel.render(attached("图.png", "image/png", 1_048_575)).used["picture_size"] == 1_048_575
        large = attached("图.png", "image/png", 9_000_000).version.model_copy(update={"body": "见附件。"})
        assert channel.render(factories.message(large)).used["picture_size"] == 0


def test_what_just_fits_is_taken_with_its_pictures_addresses(there: Platform, here: Channel) -> None:
    """They are longer than what holds their places."""
    limit = limits("wechat")["content"].value
    notice = Notice("justfits")
    spare = limit - here.render(notice.release()).used["content"]
    assert notice.version is not None
    body = f"{notice.version.body}\n\n{'文' * (spare - 100)}"
    todo = work(here, factories.message(notice.version.model_copy(update={"body": body})))
    assert limit - 100 <= todo.rendition.used["content"] <= limit
    assert isinstance(deliver(here, there, todo)[0], Delivered)
    kept = there.did("draft")[-1]["article"]["content"]
    assert len(todo.rendition.main.body.decode()) < len(kept) <= todo.rendition.used["content"]


def test_a_content_that_only_fits_without_its_pictures_addresses(here: Channel) -> None:
    limit, bare = limits("wechat")["content"].value, factories.version(body="文")
    room = limit - len(here.render(factories.message(bare)).main.body.decode())
    with pytest.raises(LimitsBroken, match="content"):
        here.render(factories.message(factories.version(body="文" * room)))


def test_the_title_or_the_sentence_of_the_digest_that_is_too_long_is_quoted(tmp_path: Path) -> None:
    title = "公布社会保险缴费基数上下限" * 2 + "和补缴办法的通知"[:7]
    for said, quoted in (
        (worded(title), title),
        (worded(summary=f"{'摘' * 99}。{'要' * 40}。完。"), f"{'要' * 40}。"),
        (worded("标题😀"), "标题😀"),
        (factories.message(factories.version(body="文" * 19_000)), ""),
    ):
        with pytest.raises(LimitsBroken) as caught:
            render(said, tmp_path)
        assert [one.sentence for one in caught.value.broken] == [quoted]
