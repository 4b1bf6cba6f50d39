"""A slip is seen: what looks like a fact in the author's own text and differs from it, for a person to look at."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from config.fields import common_fields
from config.kinds import Field, kinds
from notices.facts import Fact
from notices.figures import Figure, FigureKind, figures
from notices.notice import Content
from notices.slips import clause, is_a_year_off, is_one_slip, role, role_of_label
from notices.strays import fact_keys, is_known, keys_in, near, texts_in, unit_of
from notices.text import plain

BODY = "正文"
TITLE = 200  # characters of a document's name at most
_NO_LINES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Suspect:
    """A figure that looks like the fact ``label`` and differs from it."""

    figure: str
    near: str
    field: str  # where it stands: 标题, 内容概述, 正文, or a field of the kind
    line: int  # of the file; 0 where it is not known
    label: str
    expected: str


@dataclass(frozen=True)
class _Known:
    """A fact, and by what it is told from others."""

    fact: Fact
    figures: tuple[Figure, ...]
    keys: frozenset[str]
    words: frozenset[str]  # of its label, and of no other's
    role: str


@dataclass(frozen=True)
class _Text:
    """One text of the author. A whole one tells the matter, so that a fact it does not hold is missed there."""

    field: str
    text: str
    is_whole: bool


def differing(content: Content, lines: Mapping[str, int] = _NO_LINES) -> list[Suspect]:
    """Figures of title, summary, keywords, free-text fields and body that look like a fact and differ from it.

    Reported, not refused: a text may tell the old value too. Facts are the only measure; that two texts have the same
    wrong figure makes it no better. A row of a table is a value of its own: what it holds is looked at only where the
    fact itself is missing. ``lines``: where each field stands in the file, by its Chinese name.
    """
    known = _known(content)
    rows = keys_in(texts_in([value for value in content.fields.values() if _is_table(value)]))
    return [
        Suspect(figure.text, near(one.text, figure), one.field, _line(content, one, figure, lines), fact.label, usual)
        for one in _texts(content)
        for figure, fact in _in(one, known, frozenset(rows))
        for usual in fact.forms[:1]
    ]


def _in(one: _Text, known: tuple[_Known, ...], rows: frozenset[str]) -> Iterator[tuple[Figure, Fact]]:
    found = figures(one.text)
    all_keys = frozenset().union(*(each.keys for each in known))
    # once a text, which may hold many figures: in which kinds of figures it tells each fact
    told = {each.fact.name: {other.kind for other in found if is_known(other, each.keys)} for each in known}
    years = [each for each in known if any(own.unit == "年" for own in each.figures)]
    names_year = any(told[each.fact.name] for each in years)
    for at, figure in enumerate(found):
        if signed := _signed_on(one, figure, known):
            yield figure, signed.fact
            continue
        if is_known(figure, all_keys) and not _is_other_year(figure, years, names_year):
            continue
        start = found[at - 1].position + len(found[at - 1].text) if at else 0
        stop = found[at + 1].position if at + 1 < len(found) else len(one.text)
        around = clause(one.text, figure, start, stop)
        if _is_cited(one.text, figure):
            continue
        for fact in known:
            beside = found[max(at - 1, 0) : at + 2]
            if _looks_like(figure, fact, one, beside, told[fact.fact.name], around, rows):
                yield figure, fact.fact
                break


def _looks_like(
    figure: Figure,
    fact: _Known,
    one: _Text,
    beside: list[Figure],
    told: Collection[FigureKind],
    around: tuple[str, str],
    rows: frozenset[str],
) -> bool:
    """True when ``figure`` may be meant for ``fact``: its words stand beside it; or it is one slip away, and either
    long enough to be no chance, or of the same role, or the fact is missing where it should stand."""
    own = next((mine for mine in fact.figures if mine.kind is figure.kind and unit_of(mine) == unit_of(figure)), None)
    if own is None:
        return False
    is_row = is_known(figure, rows)
    if not is_row and any(word in part for part in around for word in fact.words):
        return True
    if not is_one_slip(figure, own):
        return False
    digits = sum(char.isdigit() for char in own.key)
    is_year = own.unit == "年"
    if not is_row and not is_year and own.kind in (FigureKind.NUMBER, FigureKind.PERCENT) and digits >= 3:
        return True
    if own.kind is FigureKind.DATE and (is_a_year_off(figure, own) or fact.role == role(one.text, figure) != ""):
        return True
    if any(_touch(figure, other) and other.kind is not own.kind and is_known(other, fact.keys) for other in beside):
        return True  # 12月7日 beside the right 17:00
    return one.is_whole and own.kind not in told and (digits >= 2 or f"{figure.key} {unit_of(figure)}" not in rows)


def _known(content: Content) -> tuple[_Known, ...]:
    own = {field.name: field for field in kinds()[content.kind].fields} if content.kind in kinds() else {}
    pairs = {fact.name: _pairs(fact.label) for fact in content.facts}
    found = []
    for fact in content.facts:
        mine = pairs[fact.name]
        # 基数下限 beside 原基数下限: the longer name takes nothing from the shorter
        others = [pair for name, pair in pairs.items() if name != fact.name and not mine < pair]
        words = mine.difference(*others) | set(own[fact.name].words if fact.name in own else ())
        keys = frozenset(fact_keys([fact]))
        usual = tuple(figures(fact.forms[0]))
        found.append(_Known(fact, usual, keys, frozenset(words), role_of_label(fact.label)))
    return tuple(found)


def _texts(content: Content) -> Iterator[_Text]:
    labels = {field.name: field.label for field in common_fields()}
    yield _Text(labels["title"], content.title, is_whole=True)
    yield _Text(labels["summary"], content.summary, is_whole=True)
    yield _Text(labels["keywords"], "\n".join(content.keywords), is_whole=False)
    for field in kinds()[content.kind].fields if content.kind in kinds() else ():
        if _is_free(field):
            yield _Text(field.label, "\n".join(texts_in(content.fields.get(field.name))), is_whole=False)
    yield _Text(BODY, plain(content.body), is_whole=True)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _is_free(field: Field) -> bool:
    return field.type in ("text", "lines")


def _signed_on(one: _Text, figure: Figure, known: tuple[_Known, ...]) -> _Known | None:
    """成文日期, when ``figure`` is another date and stands alone below the text (党政机关公文格式 GB/T 9704 7.3.5)."""
    last = one.text.rstrip().rpartition("\n")[2].strip()
    if one.field != BODY or figure.kind is not FigureKind.DATE or last != figure.text or _rest(one, figure):
        return None
    signed = next((fact for fact in known if fact.fact.name == "issued_on"), None)
    return None if signed is None or is_known(figure, signed.keys) else signed


def _rest(one: _Text, figure: Figure) -> str:
    return one.text[figure.position + len(figure.text) :].strip()


def _touch(one: Figure, other: Figure) -> bool:
    return other.position + len(other.text) == one.position or one.position + len(one.text) == other.position


def _is_other_year(figure: Figure, years: Collection[_Known], names_year: bool) -> bool:
    """True for 2027年度 where the notice is about another year, although some date of it lies in 2027; and for 2027年
    where the text does not name that other year at all."""
    if not years or figure.unit not in ("年", "年度") or any(is_known(figure, one.keys) for one in years):
        return False
    return figure.unit == "年度" or not names_year


def _is_cited(text: str, figure: Figure) -> bool:
    """True within 《…》: the name of another document."""
    start = max(figure.position - TITLE, 0)
    return text.rfind("《", start, figure.position) > text.rfind("》", start, figure.position)


def _pairs(label: str) -> set[str]:
    return {label[at : at + 2] for at in range(len(label) - 1)}


def _line(content: Content, one: _Text, figure: Figure, lines: Mapping[str, int]) -> int:
    """The line of the file; within the body, that of the same figure written for the same time."""
    first = lines.get(one.field, 0)
    if one.field != BODY or not first:
        return first
    before = sum(other.text == figure.text for other in figures(one.text) if other.position < figure.position)
    for number, line in enumerate(content.body.split("\n")):
        before -= sum(other.text == figure.text for other in figures(line))
        if before < 0:
            return first + number
    return first
