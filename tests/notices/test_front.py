"""A file taken apart: encodings, what may not stand in it, and the true line of every value."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.fields import bounds
from notices.front import Node, forbidden, take_apart
from notices.problem import FileRefused
from tests.notices.files import only, problems, raw, written

FILE = "---\n标题: 甲\n签发:\n  签发人: 乙\n  时间: 2026-11-20 10:00\n表:\n  - 一: 1\n    二: 2\n---\n\n正文\n".encode()


def test_every_value_knows_its_line() -> None:
    parts = take_apart(FILE, "n.md")
    assert parts.front["标题"] == Node("甲", 2)
    sign_off = parts.front["签发"]
    assert sign_off.line == 3
    assert isinstance(sign_off.value, dict)
    assert sign_off.value["时间"] == Node("2026-11-20 10:00", 5)
    table = parts.front["表"].value
    assert isinstance(table, list)
    assert isinstance(table[0].value, dict)
    assert table[0].value["二"] == Node("2", 8)
    assert (parts.end, parts.body, parts.body_line) == (9, "正文\n", 11)


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert take_apart(b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n"), "n.md") == take_apart(FILE, "n.md")


@pytest.mark.parametrize("value", ["0800", "12:30:00", "yes", "1_000", "1e3", "2026-11-20", "0x1F", "3.10"])
def test_yaml_guesses_no_types(value: str) -> None:
    assert take_apart(f"---\n值: {value}\n---\n正文".encode(), "n.md").front["值"].value == value


@pytest.mark.parametrize("value", ["", "~", "null", '""'])
def test_an_empty_value_is_an_empty_text(value: str) -> None:
    assert take_apart(f"---\n值: {value}\n---\n正文".encode(), "n.md").front["值"].value == ""


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        (b"", "no_front_matter", 1),
        ("标题: 甲\n".encode(), "no_front_matter", 1),
        ("---\n标题: 甲\n".encode(), "front_matter_open", 1),
        (b"---\n---\n", "front_matter_empty", 2),
        (b"---\n- 1\n---\n", "front_matter_no_table", 2),
        ("---\n甲: 1\n... \n乙: 2\n---\n".encode(), "yaml", 4),
        ("---\n甲: 1\n乙: [1\n---\n".encode(), "yaml", 4),
        ("---\n甲: 1\n乙: 时间: 9时\n---\n".encode(), "yaml", 3),
        ("---\n甲: &x 1\n---\n".encode(), "alias", 2),
        ("---\n甲: 1\n乙: *x\n---\n".encode(), "alias", 3),
        ("---\n甲: !!python/object/apply:os.system [ls]\n---\n".encode(), "tag", 2),
        ("---\n甲: 1\n乙: 1\n甲: 2\n---\n".encode(), "key_twice", 4),
        ("---\n签发:\n  时间: 1\n  时间: 2\n---\n".encode(), "key_twice", 4),
        ("---\n[甲]: 1\n---\n".encode(), "key_no_text", 2),
        ("---\n甲: 1\n---\n\n正\u202e文\n".encode(), "control_character", 5),
        ("---\n甲: 1\u200b\n---\n".encode(), "control_character", 2),
        (b"---\n\xe7\x94\xb2: 1\x07\n---\n", "control_character", 2),
        ("---\n甲: 1\n---\n正\ufffd文\n".encode(), "mojibake", 4),
        ("---\n甲: 1\n---\n@@gongkai:banner@@\n".encode(), "slot_mark", 4),
        ("---\n甲: 1\n---\n正文\n".encode("gbk"), "gbk", 2),
        (b"---\na: 1\n---\n\xff\xfe\xfa\xff\xff\n", "not_utf8", 4),
        ("---\n标题：甲\n文种：乙\n---\n正文\n".encode(), "wide_colon", 2),
    ],
)
def test_what_is_no_front_matter_is_refused_at_its_line(tmp_path: Path, content: bytes, key: str, line: int) -> None:
    found = problems(raw(tmp_path, content))
    assert (found[0].key, found[0].line) == (key, line), [problem.text() for problem in found]


def test_one_wide_colon_among_good_lines_is_named(tmp_path: Path) -> None:
    problem = only(raw(tmp_path, "---\n标题: 甲\n文种：公告\n发文机关: 乙\n---\n".encode()))
    assert (problem.key, problem.line, problem.field) == ("wide_colon", 3, "文种")


def test_a_file_is_read_within_bounds(tmp_path: Path) -> None:
    assert only(written(tmp_path, body="字" * bounds().file_bytes)).key == "file_too_large"
    deep = "[" * 100_000
    assert only(raw(tmp_path, f"---\n甲: {deep}\n---\n".encode())).key == "front_matter_bounds"
    many = "[" + "1," * (bounds().front_matter_values + 1) + "]"
    assert only(raw(tmp_path, f"---\n甲: {many}\n---\n".encode())).key == "front_matter_bounds"


def test_names_of_minorities_and_rare_characters_are_let_in() -> None:
    for char in "·𬴊㐂\u200d々":
        assert not forbidden(char), hex(ord(char))


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_nothing_breaks_the_reader(content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else f"---\n{content}\n---\n".encode("utf-8", "surrogatepass")
    with suppress(FileRefused):
        assert take_apart(data, "n.md").end >= 3
