"""Sections of a poster: the fields of a version in the order of ``config/poster.toml``, as blocks to be set."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from config.kinds import Field, Kind
from notices.notice import Version

Row = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One piece of a section. ``style``: rows, text, bullets, numbered, table, compare, timeline, questions."""

    style: str
    rows: tuple[Row, ...]
    head: Row = ()


@dataclass(frozen=True)
class Section:
    """A heading and its blocks; ``wide`` ones take the whole width, others stand in two columns.

    A ``spare`` one may be left out, by name, when the sheet is full.
    """

    title: str
    blocks: tuple[Block, ...]
    wide: bool = False
    spare: bool = False


@dataclass(frozen=True)
class Plan:
    """What ``config/poster.toml`` says of one section of a kind."""

    title: str
    fields: tuple[str, ...]
    style: str = ""
    wide: bool = False
    spare: bool = False


@cache
def _plans() -> Mapping[str, tuple[Plan, ...]]:
    kinds = tomllib.loads((files("config") / "poster.toml").read_text("utf-8"))["kind"]
    return {
        kind: tuple(Plan(**{**row, "fields": tuple(row["fields"])}) for row in rows) for kind, rows in kinds.items()
    }


def plans(kind: Kind) -> tuple[Plan, ...]:
    """The sections of ``kind``: as the table says, else its required fields."""
    return _plans().get(kind.id) or (
        Plan("主要内容", tuple(f.name for f in kind.fields if f.required and f.type not in ("lines", "table"))),
        *(Plan(f.label, (f.name,)) for f in kind.fields if f.required and f.type in ("lines", "table")),
    )


def sections(version: Version, kind: Kind, said: frozenset[str]) -> tuple[Section, ...]:
    """The sections of ``version``, without the fields ``said`` already above; none of them is empty."""
    made = []
    for plan in plans(kind):
        fields = [kind.field(n) for n in plan.fields if n not in said and version.fields.get(n) not in (None, "", [])]
        if blocks := _blocks(version, fields, plan.style):
            made.append(Section(plan.title, blocks, plan.wide, plan.spare))
    return tuple(made)


def written(version: Version, field: Field) -> str:
    """The value of a field as it is usually written: a fact in its first form, lists joined."""
    value = version.fields[field.name]
    for fact in version.facts:
        if fact.name == field.name:
            return fact.forms[0]
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _blocks(version: Version, fields: Sequence[Field], style: str) -> tuple[Block, ...]:
    if len(fields) == 1 and fields[0].type in ("text", "choice"):
        return (Block("text", ((written(version, fields[0]),),)),)
    if len(fields) == 1 and fields[0].type in ("lines", "choices"):
        return (Block("bullets", tuple((str(line),) for line in version.fields[fields[0].name])),)
    simple = tuple((field.label, written(version, field)) for field in fields if field.type != "table")
    tables = [_table(version.fields[field.name], field, style or "table") for field in fields if field.type == "table"]
    return tuple([Block("rows", simple)] if simple else []) + tuple(tables)


def _table(rows: Sequence[Mapping[str, Any]], field: Field, style: str) -> Block:
    """A table without the columns that no row fills."""
    columns = field.columns or tuple(dict.fromkeys(name for row in rows for name in row))
    used = tuple(name for name in columns if any(str(row.get(name, "")).strip() for row in rows))
    return Block(style, tuple(tuple(str(row.get(name, "")) for name in used) for row in rows), used)
