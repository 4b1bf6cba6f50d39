"""Every limit of the poster, broken by the notice that breaks exactly it."""

from pathlib import Path
from typing import Any

import pytest

from channels.base import LimitsBroken
from channels.poster.qr import SYMBOL, code
from config.limits import limits
from notices.notice import Message
from tests.breaks import breaks
from tests.channels.poster.conftest import poster, rendition
from tests.channels.poster.samples import changed, messages


def render(said: Message) -> object:
    """Set ``said`` on A3."""
    return poster(Path("nowhere"), png=False).render(said)


@breaks("poster", "heading")
def test_a_headline_of_more_than_three_large_lines() -> object:
    return render(
        changed(
            "t01-contribution-base", {"title": "关于公布云岭高新区今年社会保险月缴费基数上限和下限以及差额补缴办法"}
        )
    )


@breaks("poster", "lines")
def test_more_key_lines_than_one_glance_takes() -> object:
    return render(changed("t09-hall-outage", {"lines": "甲｜乙｜丙｜丁｜戊｜己"}))


@breaks("poster", "line")
def test_a_key_line_that_is_a_paragraph() -> object:
    return render(changed("t09-hall-outage", {"lines": "预计在今天下午两点半左右恢复全部窗口的服务请耐心等候"}))


@breaks("poster", "columns")
def test_a_table_of_too_many_columns() -> object:
    row = {f"列{number}": "值" for number in range(10)}
    body = "| {} |\n| {} |\n| {} |".format(" | ".join(row), " | ".join("---" for _ in row), " | ".join(row.values()))
    return render(changed("t12-annual-summary", body=body))


@breaks("poster", "characters")
def test_a_text_that_is_a_book() -> object:
    return render(changed("t12-annual-summary", body="公开" * 2100))


@breaks("poster", "sheet")
def test_a_text_that_needs_a_second_sheet() -> object:
    return render(changed("t12-annual-summary", body="以公开为常态，不公开为例外。\n\n" * 120))


@breaks("poster", "wide")
def test_a_word_that_no_line_of_its_place_holds() -> object:
    rows = [{"材料名称": "证明", "份数": "1", "形式": "W" * 60, "样表": "无"}]
    return render(changed("t11-guide-enrolment", fields={"materials": rows}))


@breaks("poster", "glyphs")
def test_a_character_that_no_font_has() -> object:
    return render(changed("t12-annual-summary", summary="概述", body="来电😀"))


@breaks("poster", "address")
def test_an_address_too_long_to_scan() -> object:
    return render(messages()["t09-hall-outage"].model_copy(update={"address": f"http://gongkai.test/{'a' * 200}"}))


def test_a_missing_glyph_is_named_with_its_place() -> None:
    with pytest.raises(LimitsBroken) as caught:
        render(changed("t09-hall-outage", {"corner": "扫码\U0002b740"}, summary="供电故障\ue000"))
    found = {broken.where: broken for broken in caught.value.broken}
    assert found.keys() == {"内容概述", "角标"}
    assert "U+E000" in found["内容概述"].advice
    assert "U+2B740" in found["角标"].advice_en


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"materials": [{"材料名称": "证明", "份数": "1", "形式": "W" * 60, "样表": "无"}]}, "带什么"),
        ({"steps": ["带身份证", "登录" + "W" * 12, "选缴费档次", "当场办结"]}, "要点"),
        ({"online": "W" * 40}, "在哪里办"),
        ({"promised": "W" * 29}, "承诺时限"),
    ],
)
def test_what_is_too_wide_is_refused_by_its_name_and_place(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(LimitsBroken) as caught:
        render(changed("t11-guide-enrolment", fields=fields))
    (broken,) = caught.value.broken
    assert (broken.limit.name, broken.where) == ("wide", where)
    assert "WWWWWWWWWWWW" in broken.advice


def test_a_field_too_long_for_large_type_is_named_itself() -> None:
    with pytest.raises(LimitsBroken) as caught:
        render(changed("t11-guide-enrolment", fields={"promised": "材料齐全的自受理之日起3个工作日内办结并送达"}))
    (broken,) = caught.value.broken
    assert (broken.limit.name, broken.where) == ("line", "承诺时限")


def test_overflow_says_by_how_much_and_what_is_longest() -> None:
    with pytest.raises(LimitsBroken) as caught:
        render(changed("t02-residents-pension", fields={"insured": "具有本区户籍、年满16周岁的居民。" * 40}))
    (broken,) = caught.value.broken
    assert int(broken.actual) > limits("poster")["sheet"].value
    assert "谁可以参保" in broken.advice


def test_the_code_keeps_its_size_up_to_the_limit() -> None:
    """At least 30 mm on A3, 45 mm on A2, no module below half a millimetre, and a quiet zone around it."""
    longest = code("h" * limits("poster")["address"].value)
    modules = longest.millimetres / (longest.millimetres - SYMBOL) * 8
    assert SYMBOL >= 30
    assert SYMBOL * 2**0.5 >= 45
    assert longest.millimetres / modules >= 0.5


@pytest.mark.parametrize("name", sorted(messages()))
def test_a_poster_tells_how_near_to_its_limits_it_is(name: str) -> None:
    used = rendition(name).used
    assert used.keys() == limits("poster").keys() - {"sheet", "wide", "glyphs"}  # these are known only once it is set
    assert all(0 <= value <= limits("poster")[limit].value for limit, value in used.items())
    assert used["characters"] > 200
