"""定期复核: what every office looks over each half-year or year, as data (``config/looks.toml``)."""

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from config.clock import SHANGHAI, wall
from notices.calendar.rules import rules
from notices.calendar.term import Rule

LOOK = "look"  # what the duties are begun by, beside the rows of config/begins.toml

_FILE = "config/looks.toml"
_KEYS = frozenset({"id", "about", "every", "term", "source"})


class Every(StrEnum):
    """How often."""

    HALF_YEAR = "half-year"
    YEAR = "year"


@dataclass(frozen=True)
class Look:
    """One row."""

    id: str
    about: str
    every: Every
    rule: Rule  # the term within which it is to be done, with the row's own source


@cache
def looks() -> tuple[Look, ...]:
    """The file's. Raises ``ValueError`` that names the file, the row and the mistake."""
    return looks_in((files("config") / "looks.toml").read_text("utf-8"))


def looks_in(toml: str) -> tuple[Look, ...]:
    """What ``toml`` says. Raises as ``looks``."""
    found: dict[str, Look] = {}
    for number, row in enumerate(tomllib.loads(toml).get("look", []), start=1):
        try:
            one = _look(row)
            if one.id in found:
                raise ValueError("the id is taken by another row")
        except ValueError as error:
            raise ValueError(f"{_FILE}, row {number} ({row.get('id', '-')}): {error}") from None
        found[one.id] = one
    return tuple(found.values())


def begun_at(every: Every, now: datetime) -> datetime:
    """When the half-year, or the year, began in which ``now`` is."""
    today = wall(now).date()
    month = 7 if every is Every.HALF_YEAR and today.month >= 7 else 1
    return datetime(today.year, month, 1, tzinfo=SHANGHAI)


def _look(row: dict[str, Any]) -> Look:
    if row.keys() != _KEYS:
        odd = "、".join(sorted(row.keys() ^ _KEYS))
        raise ValueError(f"unknown or missing: {odd}; every row has {', '.join(sorted(_KEYS))}")
    if row["term"] not in rules():
        raise ValueError(f"term: unknown {row['term']}; known: {', '.join(rules())}")
    return Look(row["id"], row["about"], Every(row["every"]), replace(rules()[row["term"]], source=row["source"]))
