"""What staff write, read as what a field takes: one canonical value, or what is wrong with it."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from config.clock import SHANGHAI
from config.kinds import Field
from notices.placeholders import FILL
from notices.problem import Wrong

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
_CLOCK = re.compile(r"[T ]?\s*(\d{1,2})(?:[:：](\d{2})(?::00)?|[时点](?:(\d{1,2})分?)?)(Z|[+-]\d{2}:\d{2})?")
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(.*)")
_MULTIPLES = {"": 1, "元": 1, "万元": 10_000, "亿元": 100_000_000}
_PHONES = (
    re.compile(r"(0\d{2,3})[- ]?(\d{7,8})"),  # landline with area code
    re.compile(r"(400)[- ]?(\d{3}[- ]?\d{4})"),
    re.compile(r"()(1[3-9]\d{9})"),
    re.compile(r"()(1\d{2}|1\d{4}|9\d{4})"),  # 110, 12333, 95588
)
_DOCUMENT_NUMBER = re.compile(r"[\u4e00-\u9fffA-Za-z（）]{1,30}(?:〔[12]\d{3}〕(?:第)?\d{1,5}号|第\d{1,5}号)")
_WRONG_BRACKETS = re.compile(r"^(.{1,30}?)[\[【（(〖［{｛]\s*([12]\d{3})\s*[\]】）)〗］}｝]\s*第?\s*(\d{1,5})\s*号?$")
_INDEX_NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]+(?:[-_/〔〕][0-9A-Za-z\u4e00-\u9fff]+)*")
_NOTICE = re.compile(r"\d{6}-[0-9a-z]{8}")  # a notice's id: no number may be taken for one
_WIDE = str.maketrans("０１２３４５６７８９．％（）－—–，￥", "0123456789.%()---,¥")
_YEARS = range(1949, 2200)


@dataclass(frozen=True)
class Value:
    """A canonical value: ISO 8601, plain digits; ``unit`` where it was written with the number."""

    text: str
    unit: str = ""


def typed(field: Field, text: str) -> Value:
    """``text`` as the value of ``field``. Raises ``Wrong``."""
    if FILL in text and field.type != "text":
        raise Wrong("placeholder", given=FILL)
    match field.type:
        case "date":
            return Value(day(text).isoformat())
        case "time":
            return Value(instant(text).isoformat())
        case "amount":
            return Value(_amount(text))
        case "number":
            return _number(text, field)
        case "percent":
            return Value(_percent(text))
        case "phone":
            return Value(_phone(text))
        case "document_number":
            return Value(_document_number(text))
        case "index_number":
            return Value(_index_number(text))
        case "choice":
            return Value(choice(field, text))
        case _:
            return Value(text)


def day(text: str) -> date:
    """A date of an office: 2026-11-23 or 2026年11月23日. Raises ``Wrong``."""
    found = _DATE.fullmatch(text.translate(_WIDE).strip())
    if found is None:
        raise Wrong("date", given=text)
    return _date(found, text)


def instant(text: str) -> datetime:
    """An instant to the minute, Asia/Shanghai unless it says otherwise: 2026-11-23 09:00. Raises ``Wrong``."""
    plain = text.translate(_WIDE).strip()
    found = _DATE.match(plain)
    clock = _CLOCK.fullmatch(plain[found.end() :]) if found else None
    if found is None or clock is None:
        raise Wrong("time", given=text)
    hour, minute = int(clock[1]), int(clock[2] or clock[3] or 0)
    if hour > 23 or minute > 59:
        raise Wrong("no_such_time", given=text)
    at = datetime.combine(_date(found, text), datetime.min.time()).replace(hour=hour, minute=minute)
    zone = clock[4]
    if zone is None:
        return at.replace(tzinfo=SHANGHAI)
    return datetime.fromisoformat(f"{at.isoformat()}{zone.replace('Z', '+00:00')}").astimezone(SHANGHAI)


def choice(field: Field, text: str) -> str:
    """One of the field's choices. Raises ``Wrong`` that names them."""
    if text not in field.choices:
        raise Wrong("choice", given=text, choices="、".join(field.choices))
    return text


def _date(found: re.Match[str], text: str) -> date:
    year, month, dom = (int(part) for part in found.groups() if part)
    try:
        made = date(year, month, dom)
    except ValueError:
        raise Wrong("no_such_date", given=text) from None
    if year not in _YEARS:
        raise Wrong("no_such_date", given=text)
    return made


def _amount(text: str) -> str:
    found = _NUMBER.fullmatch(text.translate(_WIDE).strip().removeprefix("¥").strip())
    if found is None or found[3] not in _MULTIPLES:
        raise Wrong("amount", given=text)
    yuan = Decimal(found[1].replace(",", "") + (found[2] or "")) * _MULTIPLES[found[3]]
    if yuan >= 10**15 or yuan != round(yuan, 2):
        raise Wrong("amount_bounds", given=text)
    return _plain(yuan)


def _number(text: str, field: Field) -> Value:
    found = _NUMBER.fullmatch(text.translate(_WIDE).strip())
    if found is None or len(found[1]) > 18 or len(found[3]) > 8:
        raise Wrong("number", given=text, unit=field.unit)
    unit = found[3]
    if field.unit and unit not in ("", field.unit):
        raise Wrong("unit", given=text, unit=field.unit)
    return Value(_plain(Decimal(found[1].replace(",", "") + (found[2] or ""))), field.unit or unit)


def _percent(text: str) -> str:
    found = _NUMBER.fullmatch(text.translate(_WIDE).strip())
    if found is None or found[3] != "%":
        raise Wrong("percent", given=text)
    return _plain(Decimal(found[1].replace(",", "") + (found[2] or "")))


def _phone(text: str) -> str:
    plain = re.sub(r"\((0\d{2,3})\)\s*", r"\1-", text.translate(_WIDE).strip())
    for pattern in _PHONES:
        if found := pattern.fullmatch(plain):
            area, local = found[1], re.sub(r"[- ]", "", found[2])
            if area == "400":
                local = f"{local[:3]}-{local[3:]}"
            return f"{area}-{local}" if area else local
    raise Wrong("phone_local" if re.fullmatch(r"\d{7,8}", plain) else "phone", given=text)


def _document_number(text: str) -> str:
    plain = text.strip()
    if _DOCUMENT_NUMBER.fullmatch(plain):
        return plain
    if found := _WRONG_BRACKETS.fullmatch(plain):
        raise Wrong("document_number_brackets", given=text, right=f"{found[1]}〔{found[2]}〕{found[3]}号")
    raise Wrong("document_number", given=text)


def _index_number(text: str) -> str:
    if len(text) > 64 or not _INDEX_NUMBER.fullmatch(text) or _NOTICE.fullmatch(text):
        raise Wrong("index_number", given=text)
    return text


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
