"""The limits of a poster: what is counted before it is set, and what setting it found."""

import re
from collections import Counter
from collections.abc import Iterator
from math import ceil

from channels.base import Broken
from channels.poster.keyline import WORDING, KeyLine
from channels.poster.sheet import Sheet
from channels.press.headline import FULL, LINES, lines_needed, width
from channels.press.press import NotSet, unescaped
from config.limits import limits
from config.messages import say

_PANIC = re.compile(r'panicked with: "?(\w+)"?, "?(.*?)"?$', re.MULTILINE)
_TITLE, _WHOLE = "渠道用语—海报—标题", "整张海报"


def broken(sheet: Sheet, address: str) -> list[Broken]:
    """Every limit that can be seen without setting the sheet."""
    return [*_heading(sheet), *_lines(sheet), *_columns(sheet), *_length(sheet), *_address(address)]


def used(sheet: Sheet, address: str) -> dict[str, int]:
    """How much of the limits it takes that can be counted without setting the sheet."""
    points = [key.text for key in sheet.keys] + list(sheet.steps)
    heads = [len(block.head) for section in sheet.sections for block in section.blocks]
    return {
        "heading": len(sheet.headline),
        "lines": max(len(sheet.keys), len(sheet.steps)),
        "line": max((ceil(width(point.partition("：")[0])) for point in points), default=0),
        "columns": max(heads, default=0),
        "characters": sum(len(text) for _, text in said(sheet)),
        "address": len(address.encode()),
    }


def found(error: NotSet, sheet: Sheet) -> list[Broken]:
    """The limits that setting found broken; empty when the error is another one, and ours."""
    if panic := _PANIC.search(str(error)):
        if panic[1] == "heading":
            return [_broken("heading", panic[2], _TITLE, most=LINES)]
        if panic[1] == "sheet":
            return [_broken("sheet", panic[2], _WHOLE, longest=_longest(sheet))]
        if panic[1] == "wide":
            piece = unescaped(panic[2])
            return [_broken("wide", piece, _place(piece, sheet))]
    return [_glyph(character, sheet) for character in error.missing]


def _heading(sheet: Sheet) -> Iterator[Broken]:
    if sheet.layout != "letter" and max(map(width, sheet.headline)) > FULL:
        yield _broken("heading", lines_needed("".join(sheet.headline)), _TITLE, most=LINES)


def _lines(sheet: Sheet) -> Iterator[Broken]:
    limit, lines = limits("poster"), [*sheet.keys, *map(KeyLine, sheet.steps)]
    for counted in (sheet.keys, sheet.steps):
        if len(counted) > limit["lines"].value:
            yield _broken("lines", len(counted), WORDING, most=limit["lines"].value)
    for line in lines:
        name = line.text.partition("：")[0]  # what a point says behind a colon is set small
        if width(name) > limit["line"].value:
            yield _broken("line", ceil(width(name)), line.where, most=limit["line"].value, line=line.text)


def _columns(sheet: Sheet) -> Iterator[Broken]:
    most = limits("poster")["columns"].value
    for section in sheet.sections:
        widest = max((len(block.head) for block in section.blocks), default=0)
        if widest > most:
            yield _broken("columns", widest, section.title or _WHOLE, most=most)


def _length(sheet: Sheet) -> Iterator[Broken]:
    length, most = sum(len(text) for _, text in said(sheet)), limits("poster")["characters"].value
    if length > most:
        yield _broken("characters", length, _longest(sheet), most=most)


def _address(address: str) -> Iterator[Broken]:
    length, most = len(address.encode()), limits("poster")["address"].value
    if length > most:
        yield _broken("address", length, "公开网址", most=most)


def _glyph(character: str, sheet: Sheet) -> Broken:
    where = _place(character, sheet)
    code = " ".join(f"U+{ord(one):04X}" for one in character)
    values = {"character": character, "code": code}
    advice = (say("poster.glyphs", lang, **values) for lang in ("zh", "en"))
    return Broken(limits("poster")["glyphs"], code, where, *advice)


def _broken(name: str, actual: object, where: str, **values: object) -> Broken:
    advice = (say(f"poster.{name}", lang, actual=actual, **values) for lang in ("zh", "en"))
    return Broken(limits("poster")[name], str(actual), where, *advice)


def said(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """Every text of the sheet with the name of its place."""
    yield "主标题", "".join(sheet.headline)
    yield "标题", "".join(sheet.subtitle)
    yield "标题", sheet.title
    yield "更正说明", sheet.correction
    yield "内容概述", sheet.lead
    yield from ((key.where.rpartition("—")[2], key.text) for key in sheet.keys)
    yield from (("要点", step) for step in sheet.steps)
    for section in sheet.sections:
        where = section.title or "正文"
        yield where, section.title
        yield from ((where, cell) for block in section.blocks for row in (block.head, *block.rows) for cell in row)
    foot = sheet.foot
    yield "角标", foot.corner
    for text in (foot.office, foot.section, foot.hours, foot.phone, foot.supervision_phone):
        yield "机关信息", text
    yield from (("文号和索引号", text) for text in (*foot.references, foot.validity))


def _place(text: str, sheet: Sheet) -> str:
    return next((where for where, one in said(sheet) if text in one), _WHOLE)


def _longest(sheet: Sheet) -> str:
    lengths = Counter[str]()
    for where, text in said(sheet):
        lengths[where] += len(text)
    return lengths.most_common(1)[0][0]
