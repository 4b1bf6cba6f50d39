"""Clean a text copied from an old web page into a notice of kind 年度总结, and list what a person must decide.

Only what a machine can know is changed: converted traditional characters, pinyin that a page put in brackets behind a
character, doubled and half-width punctuation. No word is added, taken away or moved.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from opencc import OpenCC  # type: ignore[import-untyped]  # it comes without types

from config.messages import Language, say

_HAN = "\u3400-\u9fff"
_PINYIN = re.compile(rf"(?<=[{_HAN}])\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ]+\)")
_MARKS = str.maketrans(",;:?!", "，；：？！")
_HALF_WIDTH = re.compile(rf"(?<=[{_HAN}”》）、。；：])[ ]*[,;:?!][,;:?! ]*(?![0-9])")
_COMMA_TOO_MANY = re.compile(r"，+(?=[，、。；：！？])")
_BRACKETS = re.compile(rf"\(([^()]{{0,200}}[{_HAN}][^()]{{0,200}})\)")
_SPACES = re.compile(rf"(?<=[{_HAN}，、。；：])[ \u3000]+(?=[{_HAN}“《（])")
# what OpenCC's t2s leaves, because 著 is a simplified character too (著名, 著作)
_STILL_TRADITIONAL = re.compile(r"(?<=[本沿随向有])著(?=[^名作])|著(?=[力手眼重])|(?<=围绕)著|(?<=意味)著")
_TITLE_YEAR = re.compile(r"(\d{4})年")
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_FIRST_LEVEL = re.compile(r"[一二三四五六七八九十]+、[^。]{1,40}")
_SECOND_LEVEL = re.compile(r"（([一二三四五六七八九十]+)）[^。]{1,40}")
_NUMBERED = re.compile(r"（([一二三四五六七八九十]+)）")
_DOUBLED_WORD = re.compile(rf"([{_HAN}]{{2,4}})\1")


@dataclass(frozen=True)
class Decision:
    """Something only a person can decide; ``line`` is of the tidied text. Messages: ``tidy_KEY`` in notice.toml."""

    line: int
    key: str
    given: str

    def text(self, lang: Language | None = None) -> str:
        """What to look at, and what to do."""
        return say(f"notice.tidy_{self.key}", lang, line=self.line, given=self.given)


@dataclass(frozen=True)
class Tidied:
    """The notice's file as it can be derived, and what is left to a person."""

    text: str
    decisions: tuple[Decision, ...]


def tidy(raw: str) -> Tidied:
    """``raw``: title, paragraphs a line each, the office's name and the date at the end."""
    lines = [line for line in (clean(line) for line in raw.splitlines()) if line]
    if not lines:
        return Tidied("", ())
    title, *body = lines
    text = "\n".join([*_front(title, body), "", "\n\n".join(_marked(line) for line in body)]) + "\n"
    return Tidied(text, tuple(sorted(_decisions(title, text), key=lambda decision: decision.line)))


def clean(line: str) -> str:
    """One line with its characters and punctuation put right."""
    line = _converter().convert(_PINYIN.sub("", line.strip()))
    line = _STILL_TRADITIONAL.sub("着", line)
    line = _HALF_WIDTH.sub(lambda found: found[0].replace(" ", "").translate(_MARKS), line)
    line = _COMMA_TOO_MANY.sub("", line)
    line = _BRACKETS.sub(r"（\1）", line)
    return _SPACES.sub("", line)


def _front(title: str, body: list[str]) -> Iterator[str]:
    """The front matter: what the text tells, and what is left empty for a person."""
    year, signed = _TITLE_YEAR.search(title), _DATE.fullmatch(body[-1]) if body else None
    day = date(*(int(part) for part in signed.groups())).isoformat() if signed else ""
    office = body[-2] if signed and len(body) > 1 else ""
    first = next((line for line in body if "。" in line), title)
    fields = {
        "标题": title,
        "文种": "年度总结",
        "发文机关": office,
        "成文日期": day,
        "形成日期": day,
        "公开依据": "《中华人民共和国政府信息公开条例》",
        "责任股室": "",
        "责任人": "",
        "内容概述": first.partition("。")[0] + "。",
        "总结年度": year[1] if year else "",
    }
    yield "---"
    for name, value in fields.items():
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}" if value else f"{name}: # 必填"
    yield from ("签发:", "  签发人: # 必填", "  时间: # 必填")
    yield from ("保密审查:", "  审查人: # 必填", "  时间: # 必填", "  结果: # 必填", "---")


def _marked(line: str) -> str:
    if _FIRST_LEVEL.fullmatch(line):
        return f"## {line}"
    return f"### {line}" if _SECOND_LEVEL.fullmatch(line) else line


def _decisions(title: str, text: str) -> Iterator[Decision]:
    seen: set[str] = set()
    above = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith("# 必填"):
            name = line.partition(":")[0]
            yield Decision(number, "fill", f"{above}.{name.strip()}" if name.startswith(" ") else name)
        elif line.endswith(":"):
            above = line.removesuffix(":")
        if line == title:
            yield Decision(number, "doubled_title", line)
        if line.startswith("## "):
            seen = set()
        if heading := _NUMBERED.match(line.removeprefix("### ")):
            if heading[1] in seen:
                yield Decision(number, "doubled_number", heading[0])
            seen.add(heading[1])
        for word in _DOUBLED_WORD.finditer(line):
            yield Decision(number, "doubled_word", word[0])


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
