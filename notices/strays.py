"""Facts stay true: no rendition holds a figure that nobody approved (promise 1)."""

from collections.abc import Collection, Iterable, Iterator
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


@dataclass(frozen=True)
class Stray:
    """A figure that is neither a fact nor approved; ``near`` is the text around it."""

    figure: str
    position: int
    near: str


def check(text: str, version: Version, also: Collection[str] = ()) -> list[Stray]:
    """Every figure of a rendition's ``text`` that ``version`` does not hold: no fact in one of its forms, not in title,
    body or front matter, nor in ``also`` (the office's data, addresses). A channel's own wording approves nothing."""
    own = {version.index_number, version.public_note or ""}
    own |= {words or "" for relation in version.relations for words in (relation.title, relation.index_number)}
    return strays(text, approved(version, (*also, *own)))


def approved(content: Content, also: Collection[str] = ()) -> frozenset[str]:
    """The keys of all figures that ``content`` and the texts of ``also`` hold."""
    return frozenset(fact_keys(content.facts) | keys_in((*_said(content), *also))) | _body_keys(content.body)


def strays(text: str, keys: Collection[str]) -> list[Stray]:
    """Every figure of ``text`` that is not among ``keys``."""
    return [
        Stray(figure.text, figure.position, near(text, figure))
        for figure in figures(text)
        if not is_known(figure, keys)
    ]


@lru_cache(maxsize=4)
def _body_keys(body: str) -> frozenset[str]:
    """Those of a body: asked for by every channel in turn, and it may be long."""
    return frozenset(keys_in([plain(body)]))


def unfounded(text: str, content: Content) -> list[Stray]:
    """Every figure of a summary or of a channel's own wording that is no fact, and neither in the body nor in a row of
    a table: it stands in no other place than there, and nobody has looked at it."""
    if not strays(text, fact_keys(content.facts)):
        return []
    beside = (*_labels(content), *(attachment.name for attachment in content.attachments), plain(content.body))
    return strays(text, fact_keys(content.facts) | keys_in(beside) | _row_keys(content))


def _row_keys(content: Content) -> set[str]:
    """Of the tables' cells; bare numbers are left out, for a cell's 8 may be of anything."""
    rows = (value for value in content.fields.values() if isinstance(value, list))
    cells = [cell for value in rows for row in value if isinstance(row, dict) for cell in texts_in(row)]
    said = (figure for cell in cells for figure in figures(cell))
    return {key for one in said if one.unit or one.kind is not FigureKind.NUMBER for key in _as_key(one)}


def _said(content: Content) -> Iterator[str]:
    """Everything the author wrote besides the body that is approved with the version, texts and labels."""
    yield from (content.title, content.summary, content.disclosure_basis, *content.keywords)
    yield from (content.document_number or "", content.masking or "", content.catalogue_item or "")
    yield from (attachment.name for attachment in content.attachments)
    yield from texts_in(content.fields)
    yield from _labels(content)


def _labels(content: Content) -> Iterator[str]:
    """What fields and columns are called: a page prints it beside their values."""
    yield from (field.label for field in common_fields())
    if content.kind in kinds():
        kind = kinds()[content.kind]
        yield kind.name
        for field in kind.fields:
            yield from (field.label, *field.columns)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a field's value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def is_known(figure: Figure, keys: Collection[str]) -> bool:
    """True when ``keys`` hold the figure with its unit, or without one."""
    return figure.key in keys or f"{figure.key} {unit_of(figure) or _ANY}" in keys


def unit_of(figure: Figure) -> str:
    """Its unit, the same for those that say the same."""
    return _SAME.get(figure.unit, figure.unit)


def _as_key(figure: Figure) -> set[str]:
    """What ``figure`` approves: five days approve five days and a bare five; a bare five approves five of anything."""
    if not figure.unit:
        return {figure.key}
    return {f"{figure.key} {unit_of(figure)}", f"{figure.key} {_ANY}"}


def _in(texts: Iterable[str]) -> set[str]:
    return {key for text in texts for figure in figures(text) for key in _as_key(figure)}


def fact_keys(facts: Collection[Fact]) -> set[str]:
    """The keys of every form of ``facts``."""
    return _in(form for fact in facts for form in fact.forms)


def keys_in(texts: Iterable[str]) -> set[str]:
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
            return {clock, *keys_in([day])}
    return set()


def near(text: str, figure: Figure, size: int = 12) -> str:
    """The text around a figure, for people."""
    start = max(figure.position - size, 0)
    return " ".join(text[start : figure.position + len(figure.text) + size].split())
