"""Lists of numbers as offices have them: texts, tables of Excel, and what is wrong with some."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.mobile import mobile
from producers.audience_list import NoList, NotNumbers, read_list

DIGITS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(DIGITS, st.sampled_from(["{}", "+86{}", "86{}", "0086 {}", "(+86) {}", " {} "]), st.sampled_from(["", "-", " "]))
def test_a_number_is_read_however_people_write_it(digits: str, form: str, between: str) -> None:
    written = form.format(between.join((digits[:3], digits[3:7], digits[7:])))
    assert mobile(written) == digits
    wide = written.translate({ord(str(digit)): ord("０") + digit for digit in range(10)})
    assert mobile(wide) == digits


@pytest.mark.parametrize("written", ["", "1390000000", "139000000000", "12900000000", "0871-63000000", "13900000000a"])
def test_what_is_no_mobile_number_is_none(written: str) -> None:
    assert mobile(written) is None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "名单.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "13900000000\n13900000001\n",
        "13900000000\r\n\r\n139-0000-0001\r\n13900000000\r\n",
        "姓名,手机号,村\r\n甲,13900000000,东\r\n乙,13900000001,西\r\n",
        "Mobile\n+86 13900000000\n8613900000001",
        '姓名,联系电话\n"甲\n乙",13900000000\n丙,13900000001\n',
    ],
)
def test_a_list_is_read_as_offices_save_it(file: Path, text: str, encoding: str) -> None:
    file.write_bytes(text.encode(encoding))
    assert read_list(file) == ["13900000000", "13900000001"]


def test_the_lines_that_are_no_numbers_are_named_and_not_told(file: Path) -> None:
    file.write_text("手机号\n13900000000\n1390000000\n座机\n13900000001\n", "utf-8")
    with pytest.raises(NotNumbers) as error:
        read_list(file)
    assert error.value.lines == [3, 4]
    assert "139" not in str(error.value)
    assert read_list(file, leave_out=True) == ["13900000000", "13900000001"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet"),
        (b"\xff\xff\xff", "encoding"),
        ("甲,13900000000\n".encode(), "column"),
        (b"", "empty"),
        ("手机号\n".encode(), "empty"),
        (b'"' + b"1" * 200_000, "encoding"),
    ],
)
def test_what_is_no_list_says_why(file: Path, body: bytes, reason: str) -> None:
    file.write_bytes(body)
    with pytest.raises(NoList) as error:
        read_list(file)
    assert error.value.reason == reason
