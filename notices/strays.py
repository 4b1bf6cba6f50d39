"""Facts stay true: no rendition holds a figure that nobody approved (promise 1), and a slip in the body is seen."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from config.fields import common_fields
from config.kinds import kinds
from notices.facts import Fact, FactType, forms
from notices.figures import Figure, FigureKind, figures
from notices.notice import Content, Version
from notices.text import plain

_LAST_MONTH = 12
_SAME = {"年度": "年", "周岁": "岁", "名": "人"}  # units that say the same
_ANY = "*"
_RANGE = re.compile(r"\s?(?:至|到|—+|–|-|~|～)\s?")


@dataclass(frozen=True)
class Stray:
    """A figure that is neither a fact nor approved; ``near`` is the text around it."""

    figure: str
    position: int
    near: str


@dataclass(frozen=True)
class Suspect:
    """A figure of the prose that looks like the fact ``label`` and differs from it: for the author to look at."""

    figure: str
    position: int  # in the body's plain text, or in the summary
    near: str
    label: str
    expected: str


def check(text: str, version: Version, also: Collection[str] = ()) -> list[Stray]:
    """Every figure of a rendition's ``text`` that ``version`` does not hold: no fact in one of its forms, not in title,
    body or front matter, nor in ``also`` (the office's data, addresses). A channel's own wording approves nothing."""
    own = {version.index_number, version.public_note or ""}
    own |= {words or "" for relation in version.relations for words in (relation.title, relation.index_number)}
    return strays(text, approved(version, (*also, *own)))


def approved(content: Content, also: Collection[str] = ()) -> frozenset[str]:
    """The keys of all figures that ``content`` and the texts of ``also`` hold."""
    return frozenset(_fact_keys(content.facts) | _keys((*_said(content), *also)) | _body_keys(content.body))


def strays(text: str, keys: Collection[str]) -> list[Stray]:
    """Every figure of ``text`` that is not among ``keys``."""
    return [
        Stray(figure.text, figure.position, _near(text, figure))
        for figure in figures(text)
        if not _is_known(figure, keys)
    ]


def differing(content: Content) -> list[Suspect]:
    """Figures of body and summary that look like a fact and differ: its label's words stand near by, or the same unit
    does and the values are one slip apart (22350元, 22530元), or it ends a range that another fact begins
    (200元至7000元). Reported, not refused: a body may tell the old value too. Neither text vouches for the other."""
    known = _fact_keys(content.facts) | _keys(_said(content, summary=False))
    found = [one for text in (plain(content.body), content.summary) for one in _differing(text, content.facts, known)]
    return list({(one.figure, one.label): one for one in reversed(found)}.values())[::-1]


def _differing(text: str, facts: Collection[Fact], known: Collection[str]) -> list[Suspect]:
    found = figures(text)
    likely = [_Likely.of(fact, own, facts) for fact in facts for own in figures(fact.forms[0])]
    suspects = []
    for number, figure in enumerate(found):
        if _is_known(figure, known):
            continue
        start = found[number - 1].position + len(found[number - 1].text) if number else 0
        stop = found[number + 1].position if number + 1 < len(found) else len(text)
        around = _clause(text, figure, start, stop)
        alike = [one for one in likely if _alike(one.own, figure)]
        range_of = _other_end(text, found, number)
        for one in alike:
            if (
                any(pair in around for pair in one.pairs)
                or _one_slip(figure, one.own)
                or (range_of and _pair(alike, one.fact, range_of))
            ):
                near = _near(text, figure)
                suspects.append(Suspect(figure.text, figure.position, near, one.fact.label, one.fact.forms[0]))
                break
    return suspects


@dataclass(frozen=True)
class _Likely:
    """A fact that figures of a text may mean: worked out once a text, which may hold many."""

    fact: Fact
    own: Figure  # of its first form
    pairs: frozenset[str]  # two characters in a row of its label that no other fact's label has

    @classmethod
    def of(cls, fact: Fact, own: Figure, facts: Collection[Fact]) -> "_Likely":
        others = {pair for other in facts if other.name != fact.name for pair in _pairs(other.label)}
        return cls(fact, own, frozenset(_pairs(fact.label) - others))


def _alike(one: Figure, other: Figure) -> bool:
    return one.kind is other.kind and one.unit == other.unit


def _other_end(text: str, found: Sequence[Figure], number: int) -> Figure | None:
    """The figure alike that makes a range with figure ``number``: 200元至7000元."""
    for first, second in ((number - 1, number), (number, number + 1)):
        if first < 0 or second >= len(found) or not _alike(found[first], found[second]):
            continue
        between = text[found[first].position + len(found[first].text) : found[second].position]
        if _RANGE.fullmatch(between):
            return found[first if second == number else second]
    return None


def _pair(alike: Sequence[_Likely], fact: Fact, end: Figure) -> bool:
    """True when ``end`` is another fact that shares a word with ``fact``: 最低档 and 最高档, 集中缴费开始 and 截止."""
    return any(
        one.own.key == end.key and one.fact is not fact and (set(one.fact.label) & set(fact.label)) for one in alike
    )


@lru_cache(maxsize=4)
def _body_keys(body: str) -> frozenset[str]:
    """Those of a body: asked for by every channel in turn, and it may be long."""
    return frozenset(_keys([plain(body)]))


def _said(content: Content, *, summary: bool = True) -> Iterator[str]:
    """Everything the author wrote besides the body that is approved with the version, texts and labels."""
    yield from (content.title, content.disclosure_basis, *content.keywords)
    yield from (content.document_number or "", content.masking or "", content.catalogue_item or "")
    yield from (attachment.name for attachment in content.attachments)
    yield from _texts(content.fields)
    yield from (field.label for field in common_fields())
    if content.kind in kinds():
        kind = kinds()[content.kind]
        yield kind.name
        for field in kind.fields:
            yield from (field.label, *field.columns)
    if summary:
        yield content.summary


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _is_known(figure: Figure, keys: Collection[str]) -> bool:
    return figure.key in keys or f"{figure.key} {_SAME.get(figure.unit, figure.unit) or _ANY}" in keys


def _as_key(figure: Figure) -> set[str]:
    """What ``figure`` approves: five days approve five days and a bare five; a bare five approves five of anything."""
    if not figure.unit:
        return {figure.key}
    return {f"{figure.key} {_SAME.get(figure.unit, figure.unit)}", f"{figure.key} {_ANY}"}


def _in(texts: Iterable[str]) -> set[str]:
    return {key for text in texts for figure in figures(text) for key in _as_key(figure)}


def _fact_keys(facts: Collection[Fact]) -> set[str]:
    return _in(form for fact in facts for form in fact.forms)


def _keys(texts: Collection[str] | Iterator[str]) -> set[str]:
    """The keys of every figure in ``texts``, and of the shorter ways to write the same."""
    keys = set()
    for text in texts:
        for figure in figures(text):
            keys |= _as_key(figure) | _shorter(figure)
    return keys


def _shorter(figure: Figure) -> set[str]:
    match figure.kind:
        case FigureKind.DATE:
            parts = [int(part) for part in figure.key.split("-")]
            if len(parts) == 3:  # year, month, day
                try:
                    written = forms(FactType.DATE, date(*parts).isoformat())
                except ValueError:
                    return set()
                return _in(written)
            first, second = parts
            if first > _LAST_MONTH:  # year and month
                return _in([f"{first}年"]) | {f"{second}月"}
            return {f"{first}月", f"{second}日", f"{first}.{second}"}
        case FigureKind.PHONE:
            return _in(forms(FactType.PHONE, figure.key))
        case FigureKind.TIME if " " in figure.key:
            day, clock = figure.key.split(" ")
            return {clock, *_keys([day])}
    return set()


def _near(text: str, figure: Figure, size: int = 12) -> str:
    start = max(figure.position - size, 0)
    return " ".join(text[start : figure.position + len(figure.text) + size].split())


def _clause(text: str, figure: Figure, start: int, stop: int) -> str:
    """The words around ``figure`` up to the next figure or the end of the clause, 12 before and 8 behind at most."""
    before = text[max(start, figure.position - 12) : figure.position]
    behind = text[figure.position + len(figure.text) : stop][:8]
    for mark in "。；，、\n\t":
        before = before.rpartition(mark)[2]
        behind = behind.partition(mark)[0]
    return f"{before} {behind}"


def _pairs(label: str) -> set[str]:
    return {label[at : at + 2] for at in range(len(label) - 1)}


def _one_slip(one: Figure, other: Figure) -> bool:
    """True for values of three digits or more that differ in one digit, or in two neighbours changed about."""
    if one.kind not in (FigureKind.NUMBER, FigureKind.PHONE, FigureKind.DOCUMENT_NUMBER):
        return False
    if len(one.key) != len(other.key) or sum(char.isdigit() for char in one.key) < 3 or one.unit == "年":
        return False
    wrong = [at for at, (a, b) in enumerate(zip(one.key, other.key, strict=True)) if a != b]
    if len(wrong) == 1:
        return one.kind is FigureKind.NUMBER
    return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and one.key[wrong[0]] == other.key[wrong[1]]
