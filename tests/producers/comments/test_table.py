"""Tables come back as they went out, and nothing in them is executed by the program that opens them."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.comments.table import ACTIVE, NoTable, read_table, write_table

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=40)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_a_table_comes_back_as_it_went_out(rows: list[tuple[str, str]]) -> None:
    given_ = [{"id": f"c{at}", "text": text, "reason": reason} for at, (text, reason) in enumerate(rows)]
    written = write_table(("id", "text", "reason"), given_)
    for row in list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))[1:]:
        assert not any(cell.startswith(ACTIVE) for cell in row)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "表.csv"
        file.write_text(written, "utf-8", newline="")
        found = read_table(file, ("id",), ("text", "reason"))
    assert [row.cell("text") for row in found] == [text.strip() for text, _ in rows]
    assert [row.cell("reason") for row in found] == [reason.strip() for _, reason in rows]


def test_a_line_is_where_its_row_begins(tmp_path: Path) -> None:
    file = tmp_path / "信.csv"
    file.write_text('意见,渠道\n"第一行\n第二行",信函\n\n另一条,电话\n', "utf-8")
    found = read_table(file, ("text",), ("way",))
    assert [(row.line, row.cell("text"), row.cell("way")) for row in found] == [
        (2, "第一行\n第二行", "信函"),
        (5, "另一条", "电话"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_in_the_encodings_of_offices(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "信.csv"
    file.write_text("意见内容,别的\n好,x\n", encoding)
    (row,) = read_table(file, ("text",), ())
    assert row.cells == {"text": "好"}


def test_a_table_in_markdown_is_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "信.md"
    file.write_text("# 来信\n\n| 意见 | 渠道 |\n| --- | :-: |\n| 第一<br>第二 | 信函 |\n| 竖线\\|在里面 | |\n", "utf-8")
    found = read_table(file, ("text",), ("way",))
    assert [(row.line, row.cell("text"), row.cell("way")) for row in found] == [
        (5, "第一\n第二", "信函"),
        (6, "竖线|在里面", ""),
    ]


def test_what_is_left_empty_in_a_row_moves_nothing_else(tmp_path: Path) -> None:
    """A name that took the place of the text would be public, and unsealed."""
    file = tmp_path / "信.md"
    file.write_text("|条款|意见|姓名|\n|---|---|---|\n|| 路灯太暗 | 李梅 |\n|||\n| 五 | 太远 ||\n", "utf-8")
    found = read_table(file, ("text",), ("clause", "name"))
    assert [row.cells for row in found] == [
        {"clause": "", "text": "路灯太暗", "name": "李梅"},
        {"clause": "五", "text": "太远", "name": ""},
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        ("意见\n\n".encode(), "empty"),
        ("内容\n好\n".encode(), "columns"),
        (b"PK\x03\x04", "spreadsheet"),
        (b"\xff\xfe\x00", "encoding"),
        ('意见\n"没有完'.encode(), "encoding"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, body: bytes, reason: str) -> None:
    file = tmp_path / "信.csv"
    file.write_bytes(body)
    with pytest.raises(NoTable) as error:
        read_table(file, ("text",), ())
    assert error.value.reason == reason
