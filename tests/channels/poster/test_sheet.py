"""What a poster says: the author's words first, else what the kind puts first; never a word that nobody approved."""

from typing import Any

import pytest

from channels.poster.keyline import KeyLine
from channels.poster.prose import prose
from channels.poster.sections import Block, Section
from channels.poster.sheet import Sheet, sheet
from channels.press.press import press
from notices.notice import Message
from tests import factories
from tests.channels.poster.conftest import poster
from tests.channels.poster.samples import messages
from tests.channels.press.test_typst_source import HOSTILE


def laid(name: str, **changes: Any) -> Sheet:
    """The sheet of a sample with changes to its version."""
    return sheet(factories.message(messages()[name].version.model_copy(update=changes)), press().cut)


def test_the_authors_wording_comes_first() -> None:
    found = laid("t01-contribution-base")
    assert "".join(found.headline) == "2026社保缴费基数有变化"
    assert "".join(found.subtitle) == "关于公布云岭高新区2026年度社会保险缴费基数上下限的通知"
    assert [key.text for key in found.keys] == ["上限22350元", "下限4470元", "差额1月22日前补缴"]
    assert (found.foot.caption, found.foot.corner) == ("扫码看全文", "")  # 详询12333: it stands there anyway


@pytest.mark.parametrize(
    ("corner", "printed"),
    [
        ("详询12333", ""),
        ("咨询电话12333，监督电话0800-8123457", ""),
        ("不收费 12333", "不收费 12333"),
        ("详询12345", "详询12345"),  # another number than the notice's
    ],
)
def test_a_corner_that_only_repeats_the_telephones_is_left_out(corner: str, printed: str) -> None:
    assert laid("t01-contribution-base", wording={"poster": {"corner": corner}}).foot.corner == printed


def test_an_emergency_says_when_it_was_signed_to_the_minute() -> None:
    assert laid("t09-hall-outage").issued == "2026年11月23日09:20签发"
    assert laid("t01-contribution-base").issued == "2026年11月20日"


def test_a_letter_does_not_repeat_its_red_head() -> None:
    found = laid("t12-annual-summary")
    assert (found.kicker, "".join(found.headline)) == ("云岭高新区人力资源和社会保障局", "2025年政府信息公开工作总结")
    assert found.title == messages()["t12-annual-summary"].version.title


def test_without_wording_title_and_highlights_stand_in() -> None:
    found = laid("t01-contribution-base", wording={})
    assert found.headline == ("社保缴费基数", "调整通知")  # the title would need three lines
    assert found.keys == (
        KeyLine("基数上限", "22350元"),
        KeyLine("基数下限", "4470元"),
        KeyLine("补缴截止日", "2027年1月22日"),  # of another year than the notice: written out
    )
    said = {row[0] for section in found.sections for block in section.blocks for row in block.rows}
    assert not said & {"基数上限", "基数下限", "补缴截止日"}  # not said twice


def test_a_period_is_one_line() -> None:
    assert laid("t04-proposed-hires").keys[0] == KeyLine("公示时间", "11月24日—12月2日")


def test_a_short_title_is_its_own_headline() -> None:
    found = laid("t09-hall-outage", wording={}, title="社保大厅暂停服务通报")
    assert "".join(found.headline) == "社保大厅暂停服务通报"
    assert found.subtitle == ()


def test_steps_come_from_the_author_or_the_field() -> None:
    assert laid("t11-guide-enrolment").steps[0] == "带身份证"
    own = {"poster": {"lines": "带证→办理"}}
    found = laid("t11-guide-enrolment", wording=own)
    assert found.steps == ("带证", "办理")
    assert found.keys == (KeyLine("承诺时限 ", "", "即时办结"), KeyLine("收费标准 ", "", "不收费"))


def test_empty_fields_and_empty_columns_leave_no_trace() -> None:
    found = laid("t04-proposed-hires", fields={**messages()["t04-proposed-hires"].version.fields, "objections": ""})
    (table,) = found.sections[0].blocks
    assert "补贴金额（元）" not in table.head
    assert "异议受理方式" not in {
        row[0] for section in found.sections for block in section.blocks for row in block.rows
    }


def test_a_notice_without_fields_shows_its_body() -> None:
    found = laid("t01-contribution-base", fields={}, facts=(), wording={})
    assert [section.title for section in found.sections][1:3] == ["一、缴费基数上下限", "二、申报"]


def test_a_correction_says_what_changed() -> None:
    first = messages()["t01-contribution-base"].version
    second = first.model_copy(update={"number": 2, "public_note": "下限更正为4480元。"})
    assert sheet(factories.message(second, previous=first), press().cut).correction == "下限更正为4480元。"
    assert laid("t01-contribution-base").correction == ""


def test_prose_is_cut_at_its_headings() -> None:
    body = "前言\n\n## 一、**办法**\n\n1. 甲[链接](http://a.test)\n2. 乙\n   - 丙\n\n"
    body += "| 项 | 数 |\n| - | - |\n| 丁 | 4 |\n\n> 引\n\n    码\n"
    assert prose(body) == (
        Section("", (Block("text", (("前言",),)),), wide=True),
        Section(
            "一、办法",
            (
                Block("numbered", (("甲链接",), ("乙 丙",))),
                Block("table", (("丁", "4"),), ("项", "数")),
                Block("text", (("引",),)),
                Block("text", (("码",),)),
            ),
            wide=True,
        ),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_printed_as_they_stand(text: str, tmp_path: Any) -> None:
    version = messages()["t09-hall-outage"].version
    printed = " ".join(text.split())
    hostile = version.model_copy(
        update={
            "summary": printed,
            "title": f"通报{printed}",
            "wording": {"poster": {"title": "窗口暂停服务", "lines": "网上可办", "corner": printed}},
            "fields": {**version.fields, "affected": [printed], "official_source": printed},
        }
    )
    message: Message = factories.message(hostile)
    found = poster(tmp_path, png=False).render(message).text
    assert "".join(found.split()).count("".join(text.replace("\u202e", "").split())) >= 4
