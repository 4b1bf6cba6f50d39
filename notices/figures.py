"""Figures in a text: what reads as a number, a date, a time, a telephone or document number, in digits or Chinese.

Two ways of writing one value have one key: 22,350元, 22350元, 2.235万元 and 两万两千三百五十元 are ``22350``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from config.clock import wall
from notices.numerals import value_of


class FigureKind(StrEnum):
    """How a figure reads."""

    DATE = "date"
    TIME = "time"
    PERCENT = "percent"
    PHONE = "phone"
    DOCUMENT_NUMBER = "document_number"
    CODE = "code"  # letters and digits: A03
    NUMBER = "number"


@dataclass(frozen=True)
class Figure:
    """One figure of a text, and where it begins; ``key`` is equal for equal values."""

    text: str
    kind: FigureKind
    key: str
    position: int
    unit: str = ""


_HAN = "零〇一幺二两三四五六七八九十百千万亿"
_DIGIT = "零〇一幺二两三四五六七八九"
_HALF = "凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜间"
_UNITS = (
    "个工作日|个百分点|周岁|小时|分钟|万元|亿元|元|人次|人|名|件|条|个|项|次|份|户|家|期|号|批|档|倍|"
    "年度|年|岁|天|日|周|级"
)
_MEASURES = (
    f"{_UNITS}|类|种|所|处|场|届|张|页|套|层|轮|台|辆|公里|平方米|亩|吨|版"  # behind digits; 一种, 两处 are words
)
_LONE_ONE = "个|项|次|份|家|条|批|级|户"  # 一个, 一项: a word more than a figure
_WIDE = str.maketrans("０１２３４５６７８９．％：", "0123456789.%:")

_FIGURE = re.compile(
    rf"""
    (?= [\s\dA-Za-z〔\[【（(〖{_HAN}凌清早上中下傍晚夜] ) (?:  # nearly every character ends here
      (?P<document_number> [〔\[【（(〖] \s? (?P<doc_year>\d{{4}}) \s? [〕\]】）)〗] \s? 第?
                           (?P<doc_serial>\d{{1,5}}) \s? 号 )
    | (?P<iso_time> \d{{4}}-\d\d-\d\d T \d\d:\d\d
                     (?: :\d\d )? (?: [+-]\d\d:\d\d | Z )? )
    | (?P<date_ymd> (?<!\d) (?P<y1>\d{{4}}) (?P<sep>[-/.]) (?P<m1>\d{{1,2}}) (?P=sep) (?P<d1>\d{{1,2}}) (?!\d) )
    | (?P<date_zh> (?<!\d) (?P<y2>\d{{4}}) \s? 年 \s? (?P<m2>\d{{1,2}}) \s? 月 (?: \s? (?P<d2>\d{{1,2}}) \s? [日号] )? )
    | (?P<date_md> (?<!\d) (?P<m3>\d{{1,2}}) \s? 月 \s? (?P<d3>\d{{1,2}}) \s? [日号] )
    | (?P<date_han> (?: (?P<y4>[{_DIGIT}]{{4}}) 年 )? (?P<m4>[一二三四五六七八九十]{{1,2}}) 月
                    (?P<d4>[一二三四五六七八九十]{{1,3}}) [日号] )
    | (?P<clock> (?P<half1>{_HALF})? \s? (?<!\d) (?P<hour1>\d{{1,2}}) : (?P<minute1>\d\d)
                 (?: : (?P<second1>\d\d) )? (?!\d) )
    | (?P<hours> (?P<half2>{_HALF})? \s? (?<![\d.]) (?P<hour2>\d{{1,2}}) \s? [时点]
                 (?: \s? (?P<minute2>\d{{1,2}}) \s? 分 )? )
    | (?P<hours_han> (?P<half3>{_HALF})? (?P<hour3>[{_HAN}]{{1,3}}) [时点] (?P<minute3> [{_HAN}]{{1,3}}分 | 半 )? )
    | (?P<phone> (?<!\d) (?: \d{{3,4}} - \d{{7,8}} | 400 - \d{{3}} - \d{{4}} ) (?!\d) )
    | (?P<percent> (?P<percent_number> (?: \d{{1,3}} (?: ,\d{{3}} )+ | \d+ ) (?:\.\d+)? ) \s* %
                   | 百分之 (?P<percent_han> [{_HAN}]{{1,20}} (?:点[{_DIGIT}]{{1,9}})? ) )
    | (?P<code> (?<![A-Za-z0-9]) (?: \d+[A-Za-z] | [A-Za-z]+\d ) [A-Za-z0-9]* )
    | (?P<number> (?P<digits> \d{{1,3}} (?: ,\d{{3}} )+ (?:\.\d+)? (?!\d) | \d+ (?:\.\d+)? ) \s? (?P<multiple>[万亿])?
                  (?P<unit> {_MEASURES}|月 )? )
    | (?P<number_han> (?P<han> [{_HAN}]{{1,20}} (?:点[{_DIGIT}]{{1,9}})? ) (?P<unit_han> {_UNITS}|月 ) )
    | (?P<run_han> [{_DIGIT}]{{3,}} )
    )
    """,
    re.VERBOSE,
)
_MULTIPLES = {"万": 10_000, "亿": 100_000_000}
_NOON = 12


def figures(text: str) -> list[Figure]:
    """Every figure in ``text``, in order."""
    return list(_found(text.translate(_WIDE)))


def _found(text: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        read = _read(match)
        if read is not None:
            kind, key, unit = read
            yield Figure(match[0].strip(), kind, key, match.start() + len(match[0]) - len(match[0].lstrip()), unit)


def _read(match: re.Match[str]) -> tuple[FigureKind, str, str] | None:
    """Kind, key and unit of one match; None for words that only look like a figure."""
    match match.lastgroup and next(name for name in _READERS if match[name] is not None):
        case "document_number":
            return FigureKind.DOCUMENT_NUMBER, f"〔{match['doc_year']}〕{int(match['doc_serial'])}号", ""
        case "iso_time":
            return FigureKind.TIME, _instant_key(match["iso_time"]), ""
        case "date_ymd" | "date_zh" | "date_md" | "date_han":
            return FigureKind.DATE, _date_key(match), ""
        case "clock" | "hours" | "hours_han":
            return FigureKind.TIME, _time_key(match), ""
        case "phone":
            return FigureKind.PHONE, match["phone"], ""
        case "percent":
            number = match["percent_number"]
            return FigureKind.PERCENT, f"{number.replace(',', '') if number else _han(match['percent_han'])}%", ""
        case "code":
            return FigureKind.CODE, match["code"], ""
        case "number":
            return _number(match["digits"].replace(",", ""), match["multiple"], match["unit"] or "")
        case "number_han":
            if match["han"] == "一" and re.fullmatch(_LONE_ONE, match["unit_han"]):
                return None
            return _number(_han(match["han"]), None, match["unit_han"])
        case _:
            return FigureKind.NUMBER, _han(match["run_han"]), ""


_READERS = (
    "document_number", "iso_time", "date_ymd", "date_zh", "date_md", "date_han", "clock", "hours", "hours_han",
    "phone", "percent", "code", "number", "number_han", "run_han",
)  # fmt: skip


def _number(digits: str, multiple: str | None, unit: str) -> tuple[FigureKind, str, str]:
    if multiple is None and unit in ("万元", "亿元"):
        multiple, unit = unit[0], "元"
    key = digits
    if multiple:
        key = f"{Decimal(digits) * _MULTIPLES[multiple]:f}"
        key = key.rstrip("0").rstrip(".") if "." in key else key
    if unit in ("日", "天", "号"):
        return FigureKind.NUMBER, f"{key}日" if unit != "号" else key, unit
    return FigureKind.NUMBER, f"{key}月" if unit == "月" else key, unit


def _date_key(match: re.Match[str]) -> str:
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2"), ("y4", "m4", "d4"), (None, "m3", "d3")):
        if match[month] is not None:
            parts = [match[year]] if year and match[year] else []
            parts += [part for part in (match[month], match[day]) if part is not None]
            numbers = [part if part.isascii() else _han(part) for part in parts]
            return "-".join(number.lstrip("0") or "0" for number in numbers)
    raise AssertionError("a date has a month")


def _instant_key(written: str) -> str:
    """Day and time of day in Shanghai; what is no instant stays as it is written."""
    try:
        at = datetime.fromisoformat(written)
        here = wall(at) if at.tzinfo else at
    except (ValueError, OverflowError):
        return written
    return f"{here.year}-{here.month}-{here.day} {here:%H:%M}{_seconds(f'{here:%S}')}"


def _time_key(match: re.Match[str]) -> str:
    for half, hour, minute in (
        ("half1", "hour1", "minute1"),
        ("half2", "hour2", "minute2"),
        ("half3", "hour3", "minute3"),
    ):
        if match[hour] is not None:
            h = int(match[hour] if match[hour].isascii() else _han(match[hour]))
            written = (match[minute] or "0").removesuffix("分")
            m = 30 if written == "半" else int(written if written.isascii() else _han(written))
            if match[half] in ("下午", "傍晚", "晚上", "夜间") and h < _NOON:
                h += _NOON
            return f"{h:02}:{m:02}{_seconds(match['second1'])}"
    raise AssertionError("a time has an hour")


def _seconds(written: str | None) -> str:
    return f":{written}" if written not in (None, "00") else ""


def _han(text: str) -> str:
    """The digits of Chinese numerals; the text itself where they are no number (百万千)."""
    whole, point, part = text.partition("点")
    value = value_of(whole)
    return text if value is None else value + (f".{value_of(part)}" if point else "")
