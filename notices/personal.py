"""What nobody may read of a person: whole identity numbers, in whatever part of a notice that is open to all."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from notices.attached import words
from notices.entries import Entries
from notices.front import Node

_NUMBER = re.compile(r"(?<![0-9A-Za-z])([1-8]\d{5})[ -]?((?:19|20)\d{6})[ -]?(\d{3}[\dXx])(?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECK = "10X98765432"
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－　", "0123456789Xx- ")


def identity_numbers(text: str) -> list[str]:
    """Every 居民身份证号码 in ``text``, masked: 53*************123. A number counts when region, day of birth and check
    digit are right; by the check digit alone every eleventh number of 18 digits would be one."""
    return [
        f"{number[:2]}{'*' * 13}{number[-3:]}"
        for found in _NUMBER.finditer(text.translate(_WIDE))
        if _is_one(number := "".join(found.groups()).upper())
    ]


def check_personal(entries: Entries, front: Mapping[str, Node], body: str, body_line: int) -> None:
    """Note every identity number in front matter and body, at its line."""
    for name, node in front.items():
        for line, text in _texts(node):
            for masked in identity_numbers(text):
                entries.wrong(line, name, "identity_number", masked=masked)
    for number, line_ in enumerate(body.split("\n")):
        for masked in identity_numbers(line_):
            entries.wrong(body_line + number, "正文", "identity_number", masked=masked)


def check_attached(entries: Entries, files: Mapping[str, bytes], line: int) -> None:
    """Note the first identity number of each attachment; where that is plain text, with its line there."""
    for name, blob in files.items():
        for number, piece in enumerate(words(name, blob), 1):
            if masked := identity_numbers(piece):
                said = {"name": name, "masked": masked[0]}
                if name.lower().endswith((".csv", ".txt")):
                    entries.wrong(line, "附件", "identity_number_at", **said, at=number)
                else:
                    entries.wrong(line, "附件", "identity_number_inside", **said)
                break


def _texts(node: Node) -> Iterator[tuple[int, str]]:
    if isinstance(node.value, str):
        yield node.line, node.value
        return
    for inner in node.value.values() if isinstance(node.value, dict) else node.value:
        yield from _texts(inner)


def _is_one(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    if number[-1] != _CHECK[total % len(_CHECK)]:
        return False
    try:
        date.fromisoformat(number[6:14])
    except ValueError:
        return False
    return True
