"""Key lines: what is read from across the hall. Each is cut at its figure, which is set large."""

import re
from dataclasses import dataclass, field

_FIGURE = re.compile(
    r"\d[\d,.:年月日时分点至 —–~\-]*"
    r"(?:万|亿)?(?:个工作日|工作日|小时|周岁|人次|分钟|公里|元|名|人|件|条|个|档|天|期|岁|号|月|次|户|家|项|%|％)?"
    r"(?:/[人月年])?"
)
WORDING = "渠道用语—海报—要点"
SEPARATORS = re.compile(r"\s*[｜|\n→；;]\s*")


@dataclass(frozen=True)
class KeyLine:
    """One line: text before its figure, the figure, text after; without a figure all of it is ``before``.

    ``where`` its words were written: the author's own lines, or a field.
    """

    before: str
    figure: str = ""
    after: str = ""
    where: str = field(default=WORDING, compare=False)

    @property
    def text(self) -> str:
        """The line as it reads."""
        return self.before + self.figure + self.after


def split(wording: str) -> tuple[str, ...]:
    """An author's lines: 上限22350元｜下限4470元, or one a line."""
    return tuple(line for line in (part.strip() for part in SEPARATORS.split(wording)) if line)


def keyline(text: str) -> KeyLine:
    """``text`` cut at its figure; left whole when it has none, or several."""
    found = list(_FIGURE.finditer(text))
    if len(found) != 1:
        return KeyLine(text)
    figure = found[0].group().rstrip(" ")
    return KeyLine(text[: found[0].start()].strip(), figure, text[found[0].start() + len(figure) :].strip())
