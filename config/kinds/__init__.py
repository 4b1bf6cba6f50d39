"""文种: the kinds of notice, as data. A new kind is one TOML file in this folder.

A field's ``type`` is a date, a time (an instant, to the minute), an amount (yuan), a number, a percent, a phone or a
document number, which become facts; or text, lines (a list of texts), table (a list of rows), choice (one of
``choices``) or choices (some of them).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

FACT_TYPES = frozenset({"date", "time", "amount", "number", "percent", "phone", "document_number"})
TYPES = FACT_TYPES | {"text", "lines", "table", "choice", "choices"}

Example = str | tuple[str, ...] | tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One field of a kind: how it is called, what it takes, whether it must be there."""

    name: str  # English key, as in the version
    type: str  # one of TYPES
    label: str  # Chinese key, as staff write it
    label_en: str
    example: Example  # as staff would write it; dates as placeholders of notices.samples
    required: bool = False
    unit: str = ""  # of a number; without one the unit is written with the value: 128人
    choices: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # of a table: the only ones allowed, in the order of the page
    words: tuple[str, ...] = ()  # how else people call it: 最高 for 基数上限
    help: str = ""
    help_en: str = ""


@dataclass(frozen=True)
class Order:
    """``later`` is at least ``days`` days after ``earlier``, unless the field ``unless`` says why not."""

    earlier: str
    later: str
    days: int = 0
    unless: str = ""
    source: str = ""


@dataclass(frozen=True)
class Sum:
    """The numbers ``parts`` add up to ``total``, where all are given."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Rising:
    """The value ``low`` is not above ``high``, unless the field ``unless`` says why."""

    low: str
    high: str
    unless: str = ""


@dataclass(frozen=True)
class Span:
    """The number ``days`` is the days from ``earlier`` to ``later``, the first not counted; with ``at_most`` it is no
    more than all of them (of which some are no working days)."""

    days: str
    earlier: str
    later: str
    at_most: bool = False


@dataclass(frozen=True)
class Working:
    """The number ``days`` is the working days from ``earlier`` to ``later``, both counted, on which the notice is
    public; where the field ``of`` names a value of ``least``, no fewer than that term has."""

    days: str
    earlier: str
    later: str
    of: str
    least: Mapping[str, str]  # value → id of a term in working days


@dataclass(frozen=True)
class Count:
    """The number ``number`` is how many rows the table ``rows`` has."""

    number: str
    rows: str


@dataclass(frozen=True)
class Cell:
    """What each row of the table ``rows`` must have in ``column``: a name no other row has, a date, or one of
    ``choices``."""

    rows: str
    column: str
    takes: str  # name | date | choice
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind: its fields, where it stands on the site, where it goes by default, how its poster looks."""

    id: str  # "t01"
    code: str  # "T1"
    name: str
    name_en: str
    column: str  # id of the column on the site and of its feed
    genre: str  # 体裁分类
    topic: str  # 主题分类, in a new draft
    channels: tuple[str, ...]  # by default
    poster: str  # layout: figures | steps | table | question | alert | list | letter
    highlights: tuple[str, ...]  # names of the fields that come first where there is little room
    fields: tuple[Field, ...]
    emergency: bool = False  # urgency is emergency by default
    decides: bool = False  # may not be released before its matter's window closed and feedback exists
    shown_until: str = ""  # a date: with its day the period is over for which it is shown, and it says so by itself
    carries: tuple[str, ...] = ()  # what an attachment is, or one of these words in a heading of the body
    written: bool = True  # by people, from a file; the others the program writes itself
    orders: tuple[Order, ...] = ()
    sums: tuple[Sum, ...] = ()
    risings: tuple[Rising, ...] = ()
    spans: tuple[Span, ...] = ()
    workings: tuple[Working, ...] = ()
    counts: tuple[Count, ...] = ()
    cells: tuple[Cell, ...] = ()

    def field(self, name: str) -> Field:
        """The field called ``name``. Raises ``KeyError``."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by id."""
    return kinds_in(files(__name__))


@cache
def written_kinds() -> dict[str, Kind]:
    """The kinds that people write, by id."""
    return {name: kind for name, kind in kinds().items() if kind.written}


def kinds_in(folder: Traversable) -> dict[str, Kind]:
    """The kinds of the TOML files in ``folder`` by id. Raises ``ValueError`` that names the file and the mistake."""
    found: dict[str, Kind] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            try:
                kind = _kind(tomllib.loads(file.read_text("utf-8")))
            except (TypeError, KeyError, ValueError) as error:
                raise ValueError(f"config/kinds/{file.name}: {error}") from error
            if kind.id in found:
                raise ValueError(f"config/kinds/{file.name}: id {kind.id!r} is taken by another file")
            found[kind.id] = kind
    return found


def _kind(table: dict[str, Any]) -> Kind:
    fields = tuple(Field(**_frozen(row)) for row in table.pop("field", ()))
    rules: dict[str, Any] = {
        "orders": tuple(Order(**row) for row in table.pop("order", ())),
        "sums": tuple(Sum(**_frozen(row)) for row in table.pop("sum", ())),
        "risings": tuple(Rising(**row) for row in table.pop("rising", ())),
        "spans": tuple(Span(**row) for row in table.pop("span", ())),
        "workings": tuple(Working(**row) for row in table.pop("working", ())),
        "counts": tuple(Count(**row) for row in table.pop("count", ())),
        "cells": tuple(Cell(**_frozen(row)) for row in table.pop("cell", ())),
    }
    kind = Kind(**_frozen(table), fields=fields, **rules)
    for field in fields:
        if field.type not in TYPES:
            raise ValueError(f"field {field.name!r}: type {field.type!r} is not one of {', '.join(sorted(TYPES))}")
    for name in (*kind.highlights, *(["dossier"] if kind.decides else [])):  # a decision belongs to a matter
        kind.field(name)
    if kind.shown_until and kind.field(kind.shown_until).type != "date":
        raise ValueError(f"shown_until: the field {kind.shown_until!r} is no date")
    for working in kind.workings:
        for name in (working.days, working.earlier, working.later):
            kind.field(name)
        if odd := working.least.keys() - set(kind.field(working.of).choices):
            raise ValueError(f"working: {', '.join(sorted(odd))} is no choice of {working.of!r}")
    for cell in kind.cells:
        if cell.column not in kind.field(cell.rows).columns:
            raise ValueError(f"cell: {cell.rows!r} has no column {cell.column!r}")
        if cell.takes not in ("name", "date", "choice") or (cell.takes == "choice") != bool(cell.choices):
            raise ValueError(f"cell {cell.column!r}: takes is name, date, or choice, which alone has choices")
    return kind


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
