"""A list of mobile numbers as an office has it: a text or a table saved as CSV, in UTF-8 or GB 18030."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from notices.mobile import mobile

MOST = 50 * 2**20  # bytes of a list: some four million numbers, which take ten times that in memory
SHOWN = 10  # lines at most that an error names
HEADINGS = ("手机号", "手机号码", "手机", "电话", "联系电话", "号码", "mobile", "phone", "number")


class NoList(Exception):
    """The file is no list of numbers: ``reason`` names the message, ``values`` are put into it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason, values)
        self.reason = reason  # large | spreadsheet | encoding | column | empty
        self.values = values


class NotNumbers(Exception):
    """Lines that are no mobile numbers of the mainland; their text is not told, it may be somebody's number."""

    def __init__(self, lines: list[int]) -> None:
        super().__init__(", ".join(map(str, lines[:SHOWN])))
        self.lines = lines


def read_list(file: Path, *, leave_out: bool = False) -> list[str]:
    """The numbers in ``file``, each once, in their order.

    ``leave_out`` passes over what is no number. Raises ``NoList``, ``NotNumbers`` or ``OSError``.
    """
    found, wrong = dict[str, None](), list[int]()
    for line, written in _rows(_text(file)):
        if number := mobile(written):
            found[number] = None
        elif written:
            wrong.append(line)
    if wrong and not leave_out:
        raise NotNumbers(wrong)
    if not found:
        raise NoList("empty")
    return list(found)


def _text(file: Path) -> str:
    if file.stat().st_size > MOST:
        raise NoList("large", most=MOST // 2**20)
    body = file.read_bytes()
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):  # .xlsx, .xls
        raise NoList("spreadsheet")
    for encoding in ("utf-8-sig", "gb18030"):  # Excel saves CSV as the latter
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoList("encoding")


def _rows(text: str) -> Iterator[tuple[int, str]]:
    try:
        yield from _written(text)
    except csv.Error:  # a NUL, or a cell without an end
        raise NoList("encoding") from None


def _written(text: str) -> Iterator[tuple[int, str]]:
    """Line and what stands in the column of numbers: the one that is headed so, or the only one."""
    rows = csv.reader(io.StringIO(text, newline=""))
    column: int | None = None
    for first, row in enumerate(rows):
        cells = [cell.strip() for cell in row]
        if column is None:
            headed = [place for place, cell in enumerate(cells) if cell.lower() in HEADINGS]
            if first == 0 and headed:
                column = headed[0]
                continue
            if len(cells) > 1:
                raise NoList("column", headings="、".join(HEADINGS[:3]))
            column = 0
        yield rows.line_num, cells[column] if column < len(cells) else ""
