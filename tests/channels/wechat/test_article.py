"""What stands in an article: what the editor keeps, what readers look for, what changed."""

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from lxml import html
from PIL import Image

from channels.base import Slot
from channels.wechat import Channel, WechatOptions
from channels.wechat.cover import cover
from channels.wechat.pictures import names
from channels.wechat.rendition import pictures_of
from notices.attachments import described
from notices.facts import FactType
from notices.notice import Message, Scope
from notices.strays import check
from producers.rendering import known_figures
from tests import factories
from tests.channels.contract import follow, messages, tools
from tests.channels.wechat.pictures import ALT, BLOBS, illustrated, picture
from tests.channels.wechat.pictures import BODY as PICTURED
from tests.sandbox.wechat.platform import APPID

UPPER = ("upper", "基数上限", FactType.AMOUNT)
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
    public = [said for said in messages().values() if said.version.scope is Scope.PUBLIC]
    for said in [*public, factories.message(factories.version(body=BODY))]:
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


def test_what_only_the_kinds_own_lists_say_is_said_below_the_text_and_once(channel: Channel) -> None:
    said = messages()["t11-guide-enrolment"]
    label, lines = "设定依据", said.version.fields["basis"]
    read = words(content(channel, said))
    assert label not in said.version.body
    assert read.index(label) > read.index("五、咨询和投诉")
    assert all(read.count(line) == 1 for line in lines)
    told = said.version.model_copy(update={"body": f"{said.version.body}\n\n{'；'.join(lines)}。\n"})
    again = words(content(channel, factories.message(told)))
    assert label not in again
    assert all(again.count(line) == 1 for line in lines)


def test_a_day_of_the_year_of_issue_stands_on_the_cover_without_it(channel: Channel) -> None:
    last = factories.fact("make_up_by", "补缴截止日", FactType.DATE, "2027-01-22")
    facts = tuple(last if one.name == "make_up_by" else one for one in factories.FACTS)
    this, next_ = factories.message(), factories.message(factories.version(facts=facts))
    assert dict(cover(this, "标题").facts)["补缴截止日"] == "10月30日"
    assert dict(cover(next_, "标题").facts)["补缴截止日"] == "2027年1月22日"


def test_neither_a_telephone_nor_a_day_is_broken_in_two(channel: Channel) -> None:
    table = "| 日期 | 地点 |\n|---|---|\n| 2026-12-05 | 清河村便民服务点 |\n"
    body = f"电话0871-5551234、0871-5551235，夜间也有人接。\n\n{table}"
    root = html.fragment_fromstring(content(channel, factories.message(factories.version(body=body))), "div")
    whole = [element.text for element in root.iter("span") if "nowrap" in element.get("style", "")]
    assert {"0871-5551234", "0871-5551235", "2026-12-05"} <= set(whole)
    assert not any("夜间" in str(one) for one in whole), "what is no number may be broken"


def test_the_cover_is_drawn_from_the_facts(channel: Channel) -> None:
    said, other = (
        factories.message(),
        tuple(factories.fact(*UPPER, "23000", "元") if one.name == "upper" else one for one in factories.FACTS),
    )
    changed = factories.message(factories.version(facts=other))
    assert cover(said, "标题").facts[0] == ("基数上限", "22350元")
    assert ("基数上限", "23000元") in cover(changed, "标题").facts
    first, second = (pictures_of(channel.render(one))["cover.png"] for one in (said, changed))
    assert first != second


def test_a_telephone_reads_the_notice_s_address_from_its_picture(channel: Channel) -> None:
    said = factories.message()
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(pictures_of(channel.render(said))["qr.png"])))
    assert found.text == said.address
    assert found.format == zxingcpp.BarcodeFormat.QRCode


def test_it_is_signed_once(channel: Channel) -> None:
    signature = "云岭高新区人力资源和社会保障局\n\n2026年11月20日\n"
    plain = content(channel, factories.message())
    signed = content(channel, factories.message(factories.version(body=f"{factories.BODY}\n{signature}")))
    assert signed == plain


def test_a_correction_says_what_changed_and_that_the_earlier_one_holds_no_more(channel: Channel) -> None:
    read = words(content(channel, follow(factories.version(), "corrected")))
    assert "更正说明正文末尾补充了说明。此前的文章不再有效，以本文为准" in read


REVIEWERS = "编辑 周宁\n初审 苏航\n复审 林晓\n终审 陈远"


def test_who_edited_and_read_it_stands_at_the_end_where_the_notice_names_them(channel: Channel) -> None:
    given = factories.version(wording={"wechat": {"title": "短标题", "reviewers": REVIEWERS}})
    for said in (factories.message(given), follow(given, "corrected")):
        made = channel.render(said)
        assert made.text.endswith("\n编辑 周宁 初审 苏航 复审 林晓 终审 陈远")
        assert words(made.main.body.decode()).endswith("编辑 周宁　初审 苏航　复审 林晓　终审 陈远")


def test_nobody_is_named_who_was_not_given_nor_for_a_withdrawal(channel: Channel) -> None:
    given = factories.version(wording={"wechat": {"title": "短标题", "reviewers": REVIEWERS}})
    withdrawn = channel.render(follow(given, "banner")).text
    assert "撤回理由" in withdrawn
    plain = factories.version()
    assert plain.approval is not None
    assert plain.secrecy is not None
    elsewhere = factories.version(wording={"poster": {"title": "短", "reviewers": REVIEWERS}})
    for read in (
        withdrawn,
        channel.render(factories.message(plain)).text,
        words(content(channel, factories.message(elsewhere))),
    ):
        assert not any(what in read for what in ("编辑", "初审", "复审", "终审", "周宁"))
        assert plain.approval.by not in read
        assert plain.secrecy.by not in read


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


def test_a_picture_of_the_body_has_a_mark_of_its_own_and_its_words(channel: Channel) -> None:
    said = factories.message(illustrated())
    made = channel.render(said)
    images = list(html.fragment_fromstring(made.main.body.decode(), create_parent="div").iter("img"))
    sources = [image.get("src") for image in images]
    flow, hall = BLOBS
    marked = ["cover.png", f"{flow}.png", f"{hall}.jpg", "qr.png"]
    assert sources == [f"@@gongkai:uploaded_image@@#{name}" for name in marked]
    assert [image.get("alt") for image in images[1:3]] == list(ALT)
    assert all(words in made.text for words in ALT), "a reader hears them, so that their figures are checked"
    assert made.sha256 == channel.render(said).sha256


def test_another_picture_under_the_same_name_is_another_article(channel: Channel) -> None:
    files = (described("流程图.png", picture("PNG", "#000000")), *illustrated().attachments[1:])
    said = [illustrated(), illustrated(attachments=files)]
    assert len({channel.render(factories.message(one)).sha256 for one in said}) == 2


def test_a_figure_in_a_pictures_words_is_checked_as_any_other(channel: Channel) -> None:
    said = factories.message(illustrated(body=PICTURED.replace(ALT[0], "月缴9999元")))
    strays = check(channel.render(said).text, illustrated(), known_figures(said, channel))
    assert [stray.figure for stray in strays] == ["9999元"]


def test_what_is_shown_twice_is_one_picture_and_what_is_not_attached_is_words(channel: Channel) -> None:
    body = "![甲](流程图.png)\n\n- ![乙](./流程图.png)\n\n![丙](https://elsewhere.example/a.png)\n"
    made = content(channel, factories.message(illustrated(body=body)))
    assert len(names(made)) == 3
    assert made.count("<img") == 4
    assert '<p style="margin:0 0 14px">丙</p>' in made
    assert "elsewhere" not in made


def test_a_seal_below_the_signature_stays(channel: Channel) -> None:
    office = factories.office().name
    body = f"{factories.BODY}\n\n{office}\n\n![{office}](流程图.png)\n"
    assert len(names(content(channel, factories.message(illustrated(body=body))))) == 3


def test_what_an_author_writes_is_no_mark(channel: Channel) -> None:
    mark = f"{Slot.UPLOADED_IMAGE.mark}#{next(iter(BLOBS))}.png"
    for body in (
        f"正文{mark}",
        f"![{mark}](a.png)",
        f"![甲]({mark})",
        "![甲](<%40%40gongkai:uploaded_image@@#x.png>)",
    ):
        assert names(content(channel, factories.message(factories.version(body=body)))) == ["cover.png", "qr.png"]


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
    page, *beside = channel.preview(channel.render(factories.message(illustrated())), BLOBS)
    sources = [str(image.get("src")) for image in html.document_fromstring(page.body.decode()).iter("img")]
    assert sources == ["cover.png", "picture-1.png", "picture-2.jpg", "qr.png"]
    files = {file.name: file.body for file in beside}
    assert [files[name] for name in sources[1:3]] == list(BLOBS.values())
    assert set(sources) <= files.keys()
