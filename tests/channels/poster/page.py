"""What really stands on a page: every glyph with its box and colour, every filled shape. Read from the PDF itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

from pypdf import PdfReader
from pypdf.generic import ContentStream

Matrix = tuple[float, float, float, float, float, float]
WHITE = 0.9  # every part of a colour above it: as good as paper
ASCENT, DESCENT = 0.74, 0.06  # em: what digits and Chinese characters really fill, a little less than all

OPENING, CLOSING = tuple("（《〈“‘〔【「"), tuple("，。、；：？！）》〉”’〕】」")  # half of their width is empty


class Box(NamedTuple):
    """In points of the page, from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def over(self, other: "Box", by: float = 0.0) -> bool:
        """True when both cover the same ground, wider and higher than ``by``."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > by and min(self.top, other.top) - max(self.bottom, other.bottom) > by

    def inside(self, other: "Box", within: float = 0.5) -> bool:
        """True when no edge is more than ``within`` outside ``other``."""
        low = self.left >= other.left - within and self.bottom >= other.bottom - within
        return low and self.right <= other.right + within and self.top <= other.top + within


@dataclass(frozen=True)
class Run:
    """Glyphs set in one go, in one line: what they read, how large, in what colour (white or not)."""

    text: str
    size: float
    box: Box
    white: bool


@dataclass(frozen=True)
class Page:
    """One page; shapes are those in a colour that white type can be read on."""

    width: float
    height: float
    runs: tuple[Run, ...]
    shapes: tuple[Box, ...]
    outlines: tuple[Box, ...]  # of everything that is drawn, in whatever colour

    @property
    def text(self) -> str:
        """All runs, without spaces."""
        return "".join("".join(run.text.split()) for run in self.runs)


def page(pdf: bytes) -> Page:
    """The only page of ``pdf``."""
    reader = PdfReader(BytesIO(pdf))
    (one,) = reader.pages
    resources: Any = one["/Resources"]
    fonts = {name: _Font(font.get_object()) for name, font in resources["/Font"].items()}
    found = list(_drawn(ContentStream(one.get_contents(), reader).operations, fonts))
    runs = tuple(it for it in found if isinstance(it, Run) and it.text.strip())
    shapes = tuple(it.box for it in found if isinstance(it, _Shape) and it.dark)
    outlines = tuple(it.box for it in found if isinstance(it, _Shape))
    return Page(float(one.mediabox.width), float(one.mediabox.height), runs, shapes, outlines)


def _drawn(operations: list[Any], fonts: dict[str, "_Font"]) -> "Iterator[Run | _Shape]":
    at: Matrix = (1, 0, 0, 1, 0, 0)
    white, kept = False, list[tuple[Matrix, bool]]()
    path, size, font, line = list[tuple[float, float]](), 0.0, "", at
    for values, operator in operations:
        match operator:
            case b"q":
                kept.append((at, white))
            case b"Q":
                at, white = kept.pop()
            case b"cm":
                at = _times(tuple(map(float, values)), at)
            case b"scn":
                white = all(isinstance(value, float | int) and value > WHITE for value in values)
            case b"m" | b"l" | b"c":
                path += [_point(at, float(x), float(y)) for x, y in zip(values[::2], values[1::2], strict=True)]
            case b"f" | b"B" | b"n" | b"S":
                if operator != b"n":
                    yield _Shape(_around(path), dark=operator in (b"f", b"B") and not white)
                path = []
            case b"Tf":
                font, size = values[0], float(values[1])
            case b"Tm":
                line = _times(tuple(map(float, values)), at)
            case b"Tj" | b"TJ":
                pieces = values[0] if operator == b"TJ" else values
                text, wide = fonts[font].read(pieces, size)
                edges = (0.5 * size * text.startswith(OPENING), wide - 0.5 * size * text.endswith(CLOSING))
                corners = [_point(line, x, y) for x in edges for y in (-DESCENT * size, ASCENT * size)]
                scale = (line[0] ** 2 + line[1] ** 2) ** 0.5
                yield Run(text, size * scale, _around(corners), white)


@dataclass(frozen=True)
class _Shape:
    box: Box
    dark: bool  # filled in a colour that white type can be read on


class _Font:
    """A Type 0 font with two-byte codes: how wide each is, in thousandths, and what it reads."""

    def __init__(self, font: Any) -> None:
        (below,) = font["/DescendantFonts"]
        below = below.get_object()
        self._usual = float(below.get("/DW", 1000))
        self._wide = dict(_widths(list(below["/W"])))
        listed = font["/ToUnicode"].get_object().get_data().decode("latin-1")
        self._reads = dict(_read_codes(listed))

    def read(self, pieces: list[Any], size: float) -> tuple[str, float]:
        """The text of the ``pieces`` of one operation and its width."""
        text, thousandths = "", 0.0
        for piece in pieces:
            if isinstance(piece, int | float):
                thousandths -= float(piece)
                continue
            data = piece if isinstance(piece, bytes) else piece.original_bytes
            for code in (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)):
                text += self._reads.get(code, "\ufffd")
                thousandths += self._wide.get(code, self._usual)
        return text, thousandths / 1000 * size


def _widths(listed: list[Any]) -> Iterator[tuple[int, float]]:
    at = 0
    while at < len(listed):
        if isinstance(listed[at + 1], list):
            yield from ((int(listed[at]) + n, float(wide)) for n, wide in enumerate(listed[at + 1]))
            at += 2
        else:
            yield from ((code, float(listed[at + 2])) for code in range(int(listed[at]), int(listed[at + 1]) + 1))
            at += 3


def _read_codes(listed: str) -> Iterator[tuple[int, str]]:
    for block in re.findall(r"beginbfchar(.*?)endbfchar", listed, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            yield int(code, 16), bytes.fromhex(text).decode("utf-16-be")


def _times(first: Any, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _point(at: Matrix, x: float, y: float) -> tuple[float, float]:
    return at[0] * x + at[2] * y + at[4], at[1] * x + at[3] * y + at[5]


def _around(points: list[tuple[float, float]]) -> Box:
    across, up = zip(*points, strict=True)
    return Box(min(across), min(up), max(across), max(up))
