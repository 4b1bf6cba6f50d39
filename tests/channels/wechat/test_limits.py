"""Every limit of the platform, broken by the notice that breaks exactly it."""

from pathlib import Path

from channels.wechat import Channel, WechatOptions
from notices.notice import Message
from tests import factories
from tests.breaks import breaks
from tests.channels.contract import tools
from tests.sandbox.wechat.platform import APPID

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
