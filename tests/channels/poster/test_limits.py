"""Every limit of the poster, broken by the notice that breaks exactly it."""

from pathlib import Path
from typing import Any

import pytest

from channels.base import LimitsBroken
from channels.poster.qr import SYMBOL, code
from config.limits import limits
from notices.notice import Message
from tests import factories
from tests.breaks import breaks
from tests.channels.poster.conftest import poster, rendition
from tests.channels.poster.samples import messages


def render(said: Message) -> object:
    """Set ``said`` on A3."""
    return poster(Path("nowhere"), png=False).render(said)


def changed(
    name: str, wording: dict[str, str] | None = None, fields: dict[str, Any] | None = None, **changes: Any
) -> Message:
    """A sample with other wording, fields of its kind or fields of a version."""
    version = messages()[name].version
    if wording:
        changes["wording"] = {"poster": version.wording.get("poster", {}) | wording}
    if fields:
        changes["fields"] = version.fields | fields
    return factories.message(version.model_copy(update=changes))


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
    assert used.keys() == limits("poster").keys() - {"sheet", "glyphs"}  # these are known only once it is set
    assert all(0 <= value <= limits("poster")[limit].value for limit, value in used.items())
    assert used["characters"] > 200
