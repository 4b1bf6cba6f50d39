"""Chinese numerals: reading them, and writing numbers in them (radio says 两万两千三百五十元)."""

import re
from decimal import Decimal

DIGITS = {
    "零": 0, "〇": 0, "一": 1, "幺": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
SMALL = {"十": 10, "百": 100, "千": 1_000}
LARGE = {"万": 10_000, "亿": 100_000_000}
ALL = "".join((*DIGITS, *SMALL, *LARGE))
_WRITTEN = "零一二三四五六七八九"


def value_of(text: str) -> str | None:
    """The number that Chinese numerals stand for, in plain digits; None when they stand for none.

    Digits one after the other are read one by one, and keep their zeros: 二〇二六 → 2026, 幺二三三三 → 12333.
    """
    if not text or any(char not in ALL for char in text):
        return None
    if all(char in DIGITS for char in text):
        return "".join(str(DIGITS[char]) for char in text)
    total = section = 0
    digit: int | None = None
    for char in text:
        if char in DIGITS:
            digit = (digit or 0) * 10 + DIGITS[char]  # a slip like 三百一一 must not be read as 三百零一
        elif char in SMALL:
            section += (1 if digit is None else digit) * SMALL[char]
            digit = None
        else:
            section += digit or 0
            if char == "亿":
                total = (total + section or 1) * LARGE[char]
            else:
                total += (section or 1) * LARGE[char]
            section, digit = 0, None
    return str(total + section + (digit or 0))


def written(number: int) -> str:
    """``number`` (0 to 10¹²) in Chinese numerals: 22350 → 二万二千三百五十, 10 → 十."""
    if number == 0:
        return "零"
    large, rest = divmod(number, 100_000_000)
    text = f"{written(large)}亿" if large else ""
    tens, ones = divmod(rest, 10_000)
    if tens:
        text += ("零" if text and tens < 1_000 else "") + f"{_section(tens)}万"
    if ones:
        text += ("零" if text and (ones < 1_000 or not tens) else "") + _section(ones)
    return text.removeprefix("一") if text.startswith("一十") else text


def spoken(number: int) -> str:
    """As people say it: 两 before 千, 万, 亿, and for a lone two."""
    text = written(number)
    return "两" if text == "二" else re.sub(r"(?<!十)二(?=[千万亿])", "两", text)


def read_out(digits: str) -> str:
    """Digit by digit, as a year is read: 2026 → 二〇二六."""
    return "".join("〇" if digit == "0" else _WRITTEN[int(digit)] for digit in digits)


def phone_read_out(phone: str) -> str:
    """As a telephone number is said: 12333 → 幺二三三三."""
    return "".join("幺" if digit == "1" else _WRITTEN[int(digit)] for digit in phone if digit.isdigit())


def written_decimal(number: Decimal) -> str:
    """A number with its part behind the point: 2.3 → 二点三."""
    whole, _, part = f"{number:f}".partition(".")
    return written(int(whole)) + ("点" + "".join(_WRITTEN[int(digit)] for digit in part) if part else "")


def _section(number: int) -> str:
    text, zero = "", False
    for unit, name in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if zero else "") + _WRITTEN[digit] + name
            zero = False
        elif text:
            zero = True
    return text
