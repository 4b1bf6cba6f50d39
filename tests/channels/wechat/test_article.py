"""What stands in an article: what the editor keeps, what readers look for, what changed."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from channels.wechat import Channel, WechatOptions
from notices.notice import Message
from tests import factories
from tests.channels.contract import follow, messages, tools
from tests.sandbox.wechat.platform import APPID

KEPT = {
    "section",
    "p",
    "span",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "th",
    "td",
    "strong",
    "em",
    "br",
    "img",
    "hr",
}
BODY = """## 一、怎么办

看[办事指南](https://www.example.gov.cn/guide)，或者写信到[邮箱](mailto:a@yunling.example)。

> 以原文为准。

3. 先登记
   - 带身份证
4. 再缴费

### （一）档次

| 档次 | 标准 |
| --- | --- |
| 一档 | **200元** |

---
"""


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with tools(tmp_path) as given:
        yield Channel(WechatOptions(appid=APPID), given)


def content(channel: Channel, said: Message) -> str:
    """The article's content."""
    return channel.render(said).main.body.decode()


def words(markup: str) -> str:
    """What is read of it."""
    return "".join(html.fragment_fromstring(markup, create_parent="div").itertext())


def test_only_what_the_editor_keeps_is_used(channel: Channel) -> None:
    for said in [*messages().values(), factories.message(factories.version(body=BODY))]:
        root = html.fragment_fromstring(content(channel, said), create_parent="div")
        assert {element.tag for element in root.iter()} - {"div"} <= KEPT | {"blockquote"}
        names = {str(name) for element in root.iter() for name in element.attrib}
        assert names <= {"style", "src", "alt", "width", "start"}
        assert not any("url(" in element.get("style", "") for element in root.iter())


def test_a_link_becomes_words_with_its_address_behind_them(channel: Channel) -> None:
    read = words(content(channel, factories.message(factories.version(body=BODY))))
    assert "看办事指南（https://www.example.gov.cn/guide），" in read
    assert "写信到邮箱。" in read


def test_the_key_facts_come_first_and_telephones_are_plain_digits(channel: Channel) -> None:
    read = words(content(channel, factories.message()))
    assert read.index("基数上限22350元") < read.index("各参保单位")
    assert "咨询电话　12333" in read


def test_a_list_keeps_its_numbers_and_a_table_its_cells(channel: Channel) -> None:
    made = content(channel, factories.message(factories.version(body=BODY)))
    assert '<ol start="3"' in made
    root = html.fragment_fromstring(made, create_parent="div")
    assert [cell.text_content() for cell in root.iterfind(".//th")] == ["档次", "标准"]
    assert "200元" in [cell.text_content() for cell in root.iterfind(".//td")]


def test_it_is_signed_once(channel: Channel) -> None:
    signature = "云岭高新区人力资源和社会保障局\n\n2026年11月20日\n"
    plain = content(channel, factories.message())
    signed = content(channel, factories.message(factories.version(body=f"{factories.BODY}\n{signature}")))
    assert signed == plain


def test_a_correction_says_what_changed_and_that_the_earlier_one_holds_no_more(channel: Channel) -> None:
    read = words(content(channel, follow(factories.version(), "corrected")))
    assert "更正说明正文末尾补充了说明。此前的文章不再有效，以本文为准" in read


def test_the_cover_says_that_it_is_a_correction_unless_it_is_a_minor_one(channel: Channel) -> None:
    made = {how: channel.render(follow(factories.version(), how)).text.splitlines() for how in ("corrected", "minor")}
    assert "更正" in made["corrected"]
    assert "更正" not in made["minor"]


def test_a_title_says_what_became_of_the_notice_where_there_is_room(channel: Channel) -> None:
    for title, told in (("关于缴费基数的通知", "{}：关于缴费基数的通知"), ("关于缴费基数的通知" * 3 + "甲乙丙", None)):
        said = factories.version(title=title, wording={"wechat": {"title": title}})
        for how, what, else_ in (("corrected", "更正", title), ("banner", "撤回说明", "撤回说明")):
            read = channel.render(follow(said, how)).text.splitlines()[0]
            assert read == (told.format(what) if told else else_)


@pytest.mark.parametrize("how", ["gone", "redirect"])
def test_of_what_was_taken_away_nothing_is_published_or_named(channel: Channel, how: str) -> None:
    made = channel.render(follow(factories.version(), how, "202611-sample02"))
    assert [file.name for file in made.files] == ["article.html"]
    assert "社会保险" not in made.text


def test_the_cover_is_900_by_383(channel: Channel) -> None:
    for label in ("t01-contribution-base", "t09-hall-outage", "t01-contribution-base corrected"):
        (cover,) = [file for file in channel.render(messages()[label]).files if file.name == "cover.png"]
        assert struct.unpack(">II", cover.body[16:24]) == (900, 383)
        assert len(cover.body) < 1_048_576


def test_its_preview_stands_by_itself(channel: Channel) -> None:
    page, *beside = channel.preview(channel.render(factories.message()))
    sources = {image.get("src") for image in html.document_fromstring(page.body.decode()).iter("img")}
    assert sources == {"cover.png", "qr.png"}
    assert sources <= {file.name for file in beside}
