"""What a template prints reaches typst as a literal: the same value, and never anything to run."""

import json
from typing import Any

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from channels.press.typst_source import environment, typst_literal

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
HOSTILE = [
    '#read("/etc/passwd")', "] #set page(width: 1cm) [", '"),panic("', "{{7*7}}",
    "<% include 'kit.typ' %>", "<< 7*7 >>",
    "\\u{41}", '#import "@preview/cetz:0.3.0"', "= 标题\n- 项", "`raw`", "$x^2$",
    "\\", '\\"', "//", "/* */", "\u202e反",
]  # fmt: skip


FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)


def evaluated(literal: str) -> Any:
    """What typst makes of a literal."""
    source = f"#metadata({literal}) <it>".encode()
    found = typst.query(source, "<it>", field="value", one=True, font_paths=FONTS, ignore_system_fonts=True)
    return json.loads(found)


@given(VALUES)
def test_typst_reads_back_what_was_printed(value: Any) -> None:
    assert evaluated(typst_literal(value)) == value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(text: str) -> None:
    assert evaluated(typst_literal(text)) == text
    assert evaluated(environment("poster").from_string("<< text >>").render(text=text)) == text


def test_direction_marks_are_visible_in_the_source() -> None:
    assert typst_literal("a\u202eb\u200bc") == '"a\\u{202e}b\\u{200b}c"'


def test_nothing_else_can_be_printed() -> None:
    with pytest.raises(TypeError, match="bytes is no typst literal"):
        environment("poster").from_string("<< value >>").render(value=b"#panic()")
    with pytest.raises(TypeError, match="object is no typst literal"):
        typst_literal(object())


def test_safe_is_no_way_out() -> None:
    assert environment("poster").from_string("<< value|safe >>").render(value='"#panic()"') == '"\\"#panic()\\""'


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("poster").from_string("<< nobody >>").render()
