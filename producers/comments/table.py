"""Tables of comments as an office has them: CSV, in UTF-8 or GB 18030, or a table in Markdown; read and written."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.comments import headings

MOST = 20 * 2**20  # bytes
LONGEST = 200_000  # characters of a cell: a text that is too long is told with its line, not as a broken table
ACTIVE = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet program takes for a formula at the beginning of a cell
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """One row: the line it begins in, and its cells by what they hold."""

    line: int
    cells: Mapping[str, str]

    def cell(self, name: str) -> str:
        """Empty where there is no such column."""
        return self.cells.get(name, "")


class NoTable(Exception):
    """The file is no table of comments: ``reason`` names the message, ``values`` are put into it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason, values)
        self.reason = reason  # large | spreadsheet | encoding | columns | empty
        self.values = values


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line; ``reason`` names the message."""

    line: int
    reason: str
    values: Mapping[str, object]


class WrongRows(Exception):
    """Rows that cannot be taken; for them nothing is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(str(one.line) for one in faults[:10]))
        self.faults = tuple(faults)


def read_table(file: Path, needed: Sequence[str], allowed: Sequence[str]) -> list[Row]:
    """The rows of ``file``, empty ones left out; ``needed`` and ``allowed`` name columns (``config/comments.toml``).

    Columns that are not known are passed over. Raises ``NoTable`` or ``OSError``.
    """
    text = _text(file)
    try:
        found = list(_markdown(text)) if file.suffix.lower() in (".md", ".markdown") else _csv(text)
    except csv.Error:  # a NUL, or a cell without an end
        raise NoTable("encoding") from None
    if not found:
        raise NoTable("empty")
    columns = _columns(found[0][1], (*needed, *allowed))
    missing = [headings()[name][0] for name in needed if name not in columns.values()]
    if missing:
        raise NoTable("columns", missing="、".join(missing))
    made = [
        Row(line, {name: _taken(cells[at]) for at, name in columns.items() if at < len(cells)})
        for line, cells in found[1:]
        if any(cell.strip() for cell in cells)
    ]
    if not made:
        raise NoTable("empty")
    return made


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A table as spreadsheet programs read it: with a mark of its encoding, and no cell that they would execute."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([headings()[name][0] for name in columns])
    writer.writerows([_given(row.get(name, "")) for name in columns] for row in rows)
    return "\ufeff" + out.getvalue()


def _given(text: str) -> str:
    return f"'{text}" if text.startswith(ACTIVE) or text.startswith("'") else text


def _taken(cell: str) -> str:
    """As it was before ``_given``."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text[1:] if text[:1] == "'" and (text[1:].startswith(ACTIVE) or text[1:].startswith("'")) else text


def _text(file: Path) -> str:
    if file.stat().st_size > MOST:
        raise NoTable("large", most=MOST // 2**20)
    body = file.read_bytes()
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):  # .xlsx, .xls
        raise NoTable("spreadsheet")
    for encoding in ("utf-8-sig", "gb18030"):  # Excel saves CSV as the latter
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoTable("encoding")


def _csv(text: str) -> list[tuple[int, list[str]]]:
    """Each row with the line it begins on. The limit is the whole process's: others who read tables have their own."""
    before = csv.field_size_limit(LONGEST)
    try:
        rows, line, found = csv.reader(io.StringIO(text, newline=""), strict=True), 1, []
        for cells in rows:
            found.append((line, cells))
            line = rows.line_num + 1
        return found
    finally:
        csv.field_size_limit(before)


def _markdown(text: str) -> Iterator[tuple[int, list[str]]]:
    for line, written in enumerate(text.splitlines(), 1):
        row = written.strip()
        if row.startswith("|") and not _RULE.fullmatch(row):
            cells = _BAR.split(row)[1:]
            if not cells[-1]:  # behind the bar that ends it
                cells.pop()
            yield line, [re.sub(r"<br\s*/?>", "\n", cell.strip().replace("\\|", "|")) for cell in cells]


def _columns(row: Sequence[str], known: Sequence[str]) -> dict[int, str]:
    """Place → what stands there, of the columns that are known."""
    names = {heading.lower(): name for name in known for heading in headings()[name]}
    return {at: names[cell.strip().lower()] for at, cell in enumerate(row) if cell.strip().lower() in names}
