"""What a correction changed: fields, old and new, and paragraphs of the body; for banners and the record."""

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from config.fields import common_fields
from config.kinds import Field, kinds
from notices.facts import FactType, forms
from notices.notice import Version
from notices.text import plain

_INWARD = {
    "kind",
    "office",
    "section",
    "owner",
    "deputy",
    "channels",
    "wording",
    "masking",
    "approval",
    "secrecy",
    "planned_on",
    "release_at",
}
_PAIRS = 2_500  # beyond that many comparisons what is gone and what is new are just listed
_LONG = 2_000  # characters of a paragraph that are looked at
_ALIKE = 0.4  # paragraphs that share this much are one paragraph, changed


@dataclass(frozen=True)
class Row:
    """One field that changed, in words; empty where there was or is nothing."""

    label: str
    label_en: str
    old: str
    new: str


@dataclass(frozen=True)
class Passage:
    """One paragraph of the body that changed; ``old`` is None for a new one, ``new`` for one that is gone."""

    old: str | None
    new: str | None


@dataclass(frozen=True)
class Changes:
    """Everything a reader of the old version should know of the new one."""

    rows: tuple[Row, ...]
    passages: tuple[Passage, ...]


def changes(old: Version, new: Version) -> Changes:
    """What differs between two versions of one notice, as far as readers see it."""
    own = {field.name: field for version in (old, new) for field in kinds()[version.kind].fields}
    rows: list[Row] = []
    for field in common_fields():
        if field.name not in _INWARD and field.name != "relations":
            rows += _rows(field, getattr(old, field.name), getattr(new, field.name), old, new)
    for field in own.values():
        rows += _rows(field, old.fields.get(field.name), new.fields.get(field.name), old, new)
    return Changes(tuple(rows), tuple(_passages(plain(old.body).split("\n"), plain(new.body).split("\n"))))


def _rows(field: Field, before: Any, after: Any, old: Version, new: Version) -> list[Row]:
    if before == after:
        return []
    if field.type == "table":
        return _table_rows(field, before or [], after or [])
    if field.type == "attachments":
        return _attachment_rows(field, before, after)
    return [Row(field.label, field.label_en, _shown(field, before, old), _shown(field, after, new))]


def _shown(field: Field, value: Any, version: Version) -> str:
    if value is None or value == "":
        return ""
    fact = version.fact(field.name)
    if fact is not None:
        return fact.forms[0]
    if isinstance(value, date):
        return forms(FactType.DATE if field.type == "date" else FactType.TIME, value.isoformat())[0]
    return "、".join(value) if isinstance(value, list | tuple) else str(value)


def _table_rows(field: Field, before: list[dict[str, str]], after: list[dict[str, str]]) -> list[Row]:
    """Rows are the same row when their first cells are equal."""
    rows = []
    olds, news = _by_first(before), _by_first(after)
    for first in dict.fromkeys((*olds, *news)):
        old, new = olds.get(first), news.get(first)
        if old is None or new is None:
            rows.append(Row(f"{field.label}（{first[0]}）", field.label_en, _cells(old), _cells(new)))
            continue
        for column in field.columns:
            if old.get(column, "") != new.get(column, ""):
                label = f"{field.label}（{first[0]}）{column}"
                rows.append(Row(label, field.label_en, old.get(column, ""), new.get(column, "")))
    return rows


def _by_first(rows: list[dict[str, str]]) -> dict[tuple[str, int], dict[str, str]]:
    found: dict[tuple[str, int], dict[str, str]] = {}
    for row in rows:
        first = next(iter(row.values()))
        found[first, sum(1 for name, _ in found if name == first)] = row
    return found


def _cells(row: dict[str, str] | None) -> str:
    return "，".join(row.values()) if row else ""


def _attachment_rows(field: Field, before: Any, after: Any) -> list[Row]:
    olds = {attachment.name: attachment for attachment in before}
    news = {attachment.name: attachment for attachment in after}
    rows = []
    for name in dict.fromkeys((*olds, *news)):
        old, new = olds.get(name), news.get(name)
        if old != new:
            seen = f"{name}（已更换）" if old and new else name
            rows.append(Row(field.label, field.label_en, name if old else "", seen if new else ""))
    return rows


def _passages(old: list[str], new: list[str]) -> list[Passage]:
    found: list[Passage] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _paired(old[a:b], new[c:d])
    return found


def _paired(gone: list[str], come: list[str]) -> list[Passage]:
    """Each paragraph that is gone beside the one that took its place, in the order of the new text."""
    found = []
    few = len(gone) * len(come) <= _PAIRS
    for paragraph in come:
        alike = [one for one in gone if few and _are_alike(one, paragraph)]
        if alike:
            upto = gone.index(alike[0])
            found += [Passage(one, None) for one in gone[:upto]]
            gone = gone[upto + 1 :]
        found.append(Passage(alike[0] if alike else None, paragraph))
    return found + [Passage(one, None) for one in gone]


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one[:_LONG], other[:_LONG], autojunk=False).ratio() >= _ALIKE
