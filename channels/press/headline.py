"""Headlines break by meaning: never inside a word, a number with its unit, or before a closing mark."""

import re
from collections.abc import Sequence
from itertools import combinations, pairwise
from unicodedata import category, east_asian_width

LINES = 3
FULL = 10.3  # em: what stands in one line of 72 pt between the margins of A3
EASY = 9.2  # em: a headline this wide is still set large, so it stays on one line

_UNIT = re.compile(r"(年度?|月份?|日|时|分|号|期|名|人次?|件|条|个|档|元|万元?|亿元?|%|％|周|届|批|次|岁|天|户|家|项)")
_PREFIX = re.compile(r"第|约|近|超")


def width(text: str) -> float:
    """About how wide ``text`` is, in em: a Chinese character 1, anything else 0.58."""
    return sum(1.0 if east_asian_width(character) in "WF" else 0.58 for character in text)


def broken(words: Sequence[str], kept: Sequence[str] = (), most: int = LINES) -> tuple[str, ...] | None:
    """The headline that ``words`` make, in as few lines as can be set large; None when even ``most`` are too wide.

    Names in ``kept`` stay whole, where a line can hold them.
    """
    whole = pieces(words, kept)
    for count in range(1, most + 1):
        found = _best(whole, count)
        if found and max(map(width, found)) <= (EASY if count == 1 else FULL):
            return found
    return None


def wrapped(words: Sequence[str], kept: Sequence[str], em: float) -> tuple[str, ...]:
    """A long title in as few even lines of ``em`` as hold it; in four at most."""
    whole = pieces(words, kept)
    for count in range(1, min(4, len(whole)) + 1):
        found = _best(whole, count)
        if found and max(map(width, found)) <= em:
            return found
    return ("".join(words),)


def lines_needed(headline: str) -> int:
    """How many lines a headline takes that ``broken`` could not break; always more than may be."""
    return max(LINES + 1, -int(-width(headline) // FULL))


def _whole(words: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Words with those joined that make up one of the names."""
    names = {name for name in kept if 2 < width(name) <= EASY}
    made: list[str] = []
    at = 0
    while at < len(words):
        ends = (end for end in range(len(words), at + 1, -1) if "".join(words[at:end]) in names)
        end = next(ends, at + 1)
        made.append("".join(words[at:end]))
        at = end
    return made


def pieces(words: Sequence[str], kept: Sequence[str] = ()) -> tuple[str, ...]:
    """Words joined with what may not stand apart from them; a piece keeps the space that follows it.

    Names in ``kept`` stay whole, where a line can hold them.
    """
    made: list[str] = []
    for word in _whole(words, kept):
        if made and _joined(made[-1], word):
            made[-1] += word
        else:
            made.append(word)
    return tuple(made)


def _joined(before: str, word: str) -> bool:
    before, first = before.rstrip() or " ", word[0]
    last = before[-1]
    return (
        word.isspace()
        or category(first) in ("Pe", "Pf", "Po")
        or category(last) in ("Ps", "Pi")
        or bool(re.search(r"[\dA-Za-z.:\-]$", before) and re.match(r"[\dA-Za-z.:\-]", word))
        or bool(last.isdigit() and _UNIT.match(word))
        or bool(re.search(r"\d[月时]$", before) and first.isdigit())
        or bool(_PREFIX.fullmatch(last) and first.isdigit())
        or word in ("的", "了", "吗", "啦")
    )


def _best(pieces: Sequence[str], count: int) -> tuple[str, ...] | None:
    """The break into ``count`` lines whose widest line is narrowest; where that is near, at spaces and marks."""
    if count > len(pieces):
        return None
    choices = []
    for cuts in combinations(range(1, len(pieces)), count - 1):
        edges = (0, *cuts, len(pieces))
        lines = tuple("".join(pieces[a:b]).strip() for a, b in pairwise(edges))
        natural = sum(_natural("".join(pieces[:cut])) for cut in cuts)
        widths = [width(line) for line in lines]
        choices.append((max(widths) - 1.6 * natural, max(widths) - min(widths), lines))
    return min(choices)[2]


def _natural(before: str) -> bool:
    return before[-1].isspace() or category(before[-1]) in ("Po", "Pe", "Pf")
