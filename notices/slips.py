"""What a slip of the pen is: one digit wrong, or two changed about; and the part that a date plays in its sentence."""

import re

from notices.figures import Figure, FigureKind

_CLOCK = re.compile(r"\s*\d{1,2}(?::\d\d|[时点](?:\d{1,2}分)?)")
_ENDS = re.compile(r"(?:截止|截至|至|到|—|-)(?:时间|日期)?(?:为|是|：|:)?\s*$")
_STARTS = re.compile(r"(?:自|从|开始|起始)(?:时间|日期)?(?:为|是|：|:)?\s*$")
_LONG_BEFORE, _LONG_BEHIND = 12, 8  # characters of a sentence that belong to a figure


def is_one_slip(one: Figure, other: Figure) -> bool:
    """True for two values of one kind that differ in one digit, or in two neighbours changed about."""
    a, b = _digits(one, other), _digits(other, one)
    if one.kind is not other.kind or len(a) != len(b):
        return False
    wrong = [at for at in range(len(a)) if a[at] != b[at]]
    if len(wrong) == 1:
        return True
    if len(wrong) != 2 or wrong[1] != wrong[0] + 1 or (one.kind is FigureKind.DATE and wrong[0] % 2):
        return False  # 12月10日 is no slip of 11月20日: nobody changes digits of month and day about
    return a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]


def is_a_year_off(one: Figure, other: Figure) -> bool:
    """True for dates with the same month and day in different years."""
    a, b = one.key.split("-"), other.key.split("-")
    return len(a) == len(b) == 3 and a[1:] == b[1:] and a[0] != b[0]


def _digits(figure: Figure, other: Figure) -> str:
    """The value with as many digits as others of its kind have; a date without the year where ``other`` has none."""
    if figure.kind is FigureKind.DATE:
        parts = figure.key.split("-")
        most = min(len(parts), other.key.count("-") + 1)
        return "".join(part.zfill(4 if at == 0 and most == 3 else 2) for at, part in enumerate(parts[-most:]))
    if figure.kind is FigureKind.DOCUMENT_NUMBER:
        year, _, serial = figure.key.partition("〕")
        return year + serial.removesuffix("号").zfill(5)
    return figure.key


def clause(text: str, figure: Figure, start: int, stop: int) -> tuple[str, str]:
    """The words before and behind ``figure`` up to the next figure (``start``, ``stop``) or the end of the clause."""
    before = text[max(start, figure.position - _LONG_BEFORE) : figure.position]
    behind = text[figure.position + len(figure.text) : stop][:_LONG_BEHIND]
    for mark in "。；，、\n\t":
        before = before.rpartition(mark)[2]
        behind = behind.partition(mark)[0]
    return before, behind


def role(text: str, figure: Figure) -> str:
    """What a date is in its sentence: ``start`` or ``end`` of a time; empty for neither."""
    before = text[max(0, figure.position - _LONG_BEFORE) : figure.position]
    behind = text[figure.position + len(figure.text) :][:_LONG_BEFORE]
    behind = _CLOCK.sub("", behind, count=1) if _CLOCK.match(behind) else behind
    if _ENDS.search(before) or re.match(r"(?:之|以)?前|止|截止", behind):
        return "end"
    if _STARTS.search(before) or re.match(r"起|开始|至|到|—", behind):
        return "start"
    return ""


def role_of_label(label: str) -> str:
    """The role of the fact that is called ``label``."""
    if re.search(r"截止|失效|届满", label):
        return "end"
    return "start" if re.search(r"开始|起始|施行", label) else ""
