"""Comments of the public as data (``config/comments.toml``): bounds, the form, the work, rates, headings of tables."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Most:
    """How many characters a comment may hold."""

    text: int
    name: int
    contact: int
    clause: int


@dataclass(frozen=True)
class Form:
    """How long a form is good for, in seconds; without proof of work not before ``least`` of them."""

    life: float
    least: float


@dataclass(frozen=True)
class Work:
    """What a browser does unseen: so many puzzles of so many bits."""

    puzzles: int
    bits: int


@dataclass(frozen=True)
class Rate:
    """At most so many in so many seconds."""

    many: int
    seconds: float


@cache
def most() -> Most:
    """Of one comment."""
    return Most(**_table()["most"])


@cache
def form() -> Form:
    """Of the form."""
    return Form(**_table()["form"])


@cache
def work() -> Work:
    """Of the proof of work."""
    return Work(**_table()["work"])


@cache
def rates() -> Mapping[str, Rate]:
    """By what is counted."""
    return {name: Rate(**row) for name, row in _table()["rates"].items()}


@cache
def most_addresses() -> int:
    """How many addresses are remembered at once."""
    return int(_table()["remembered"]["addresses"])


@cache
def numbers(lang: str) -> Sequence[str]:
    """The numbers from 0 on, in words."""
    return tuple(_table()["numbers"][lang])


@cache
def headings() -> Mapping[str, Sequence[str]]:
    """Of a table's columns, by what they hold."""
    return {name: tuple(row) for name, row in _table()["headings"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("config") / "comments.toml").read_text("utf-8"))
