"""How this site sets Chinese text: what may not part, where a narrow line had best break, how tables fit a screen.

The sources are W3C CLREQ and GB/T 9704-2012. Everything works on HTML whose text is escaped already: only our own
elements are added, and no word is.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import unescape

from markupsafe import Markup, escape

from notices.figures import figures

SHORT, LONG = 8, 24  # characters of a cell that stays on one line; of one that needs room
WHOLE = 20  # characters of a figure that is kept whole: a longer one has no place on a phone
STACKED = 4  # columns from which on a narrow screen shows each row as a list
BROAD = 6  # columns from which on a table is wider than the text

TAG = re.compile(r"(<[^>]*>)")
SOFT = re.compile(r"(?<=\d{4}年)(?=\d)|(?<=日)(?=\d)|(?<=/)|(?<=\w@)(?=\w)")  # not a slot's @@
CODE = re.compile(r"[A-Za-z\d]+(?:-[A-Za-z\d]+)+", re.ASCII)
RANGE = re.compile(r"[—–~～-]+|至")
UNIT = re.compile(r"[版期届度]")
ALONE = re.compile(r"[\w.]*", re.ASCII)  # no line breaks within it anyhow


@lru_cache(maxsize=8_192)  # lists say the same titles and days again and again
def kept(text: str) -> Markup:
    """``text`` escaped, its figures whole: a number does not part from its unit, nor a date within itself."""
    return Markup(_kept(str(escape(text))))  # noqa: S704 - escaped before


def soft(text: str) -> Markup:
    """``kept``, but a narrow line may break a date behind its year or its day, an index number at its stroke, an
    address behind its @."""
    return Markup("<wbr>").join(kept(piece) for piece in SOFT.split(text))


def body(html: str) -> str:
    """The body as this site sets it. Whom it is addressed to (a first paragraph that ends in a colon) stands flush
    left (GB/T 9704-2012 §7.3.2); the space that Markdown asks for behind bold words that end in a mark goes."""
    html = re.sub(r"\A<p>([^<]{1,200}：</p>)", r'<p class="to">\1', html)
    html = re.sub(r"(?<=[。，；：！？、）》”])(</strong>|</em>) (?=[^\x00-\xff])", r"\1", html)
    html = "".join(piece if piece.startswith("<") else _kept(piece) for piece in TAG.split(html))
    count = html.count("<table>")
    numbers: Iterator[str] = iter([""] if count == 1 else [str(number) for number in range(1, count + 1)])
    return re.sub(r"<table>.*?</table>", lambda found: _table(found[0], f"表格{next(numbers)}"), html, flags=re.DOTALL)


def look(text: str) -> str:
    """The class of a cell that says ``text``; columns are as wide as their cells ask for."""
    return "nb" if len(text) <= SHORT else "long" if len(text) > LONG else ""


def fit(columns: Sequence[str]) -> str:
    """The classes of a table's frame."""
    return "wide" + (" stacked" if len(columns) >= STACKED else "") + (" broad" if len(columns) >= BROAD else "")


def _kept(html: str) -> str:
    made, at = [], 0
    for start, end in _wholes(html):
        if not ALONE.fullmatch(html[start:end]) and re.search(r"\d", html[start:end]):
            made += [html[at:start], '<span class="nb">', html[start:end], "</span>"]
            at = end
    return "".join([*made, html[at:]])


def _wholes(html: str) -> list[tuple[int, int]]:
    """Where each figure begins and ends, with what belongs to it: 第1号, 3版, 9:00—12:00."""
    found: list[tuple[int, int]] = []
    spans = [(figure.position, figure.position + len(figure.text)) for figure in figures(html)]
    for start, end in sorted(spans + [code.span() for code in CODE.finditer(html)]):
        start -= html[start - 1 : start] == "第"
        end += bool(UNIT.match(html, end))
        if found and (start < found[-1][1] or RANGE.fullmatch(html, found[-1][1], start)):
            if max(end, found[-1][1]) - found[-1][0] > WHOLE:
                continue
            start, end = found[-1][0], max(end, found.pop()[1])
        if end - start <= WHOLE:
            found.append((start, end))
    return found


def _table(html: str, label: str) -> str:
    """A Markdown table in a frame that scrolls by itself; alignment by class, for the policy lets no style in."""
    head, _, rest = html.partition("</thead>")
    columns = [_words(cell) for cell in re.findall(r"<th(?: [^>]*)?>(.*?)</th>", head, re.DOTALL)]
    head = re.sub(r'<th( style="text-align:(\w+)")?>', lambda th: f'<th scope="col"{_class(th[2])}>', head)
    rows = re.sub(r"<tr>.*?</tr>", lambda row: _row(row[0], columns), rest, flags=re.DOTALL)
    return f'<div class="{fit(columns)}" tabindex="0" role="region" aria-label="{label}">\n{head}</thead>{rows}\n</div>'


def _row(html: str, columns: Sequence[str]) -> str:
    names = iter(columns)

    def cell(found: re.Match[str]) -> str:
        return f'<td{_class(found[2], look(_words(found[3])))} data-label="{escape(next(names))}">{found[3]}</td>'

    return re.sub(r'<td( style="text-align:(\w+)")?>(.*?)</td>', cell, html, flags=re.DOTALL)


def _class(*names: str | None) -> str:
    found = " ".join(name for name in names if name)
    return f' class="{found}"' if found else ""


def _words(html: str) -> str:
    return unescape(TAG.sub("", html))
