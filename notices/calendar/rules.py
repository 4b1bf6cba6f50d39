"""Every term the program knows, as data (``config/terms.toml``)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from notices.calendar.term import Rule, Unit


class UnknownRule(Exception):
    """There is no such term; the text names those there are."""


@cache
def rules() -> Mapping[str, Rule]:
    """The terms by their name, in the order of the file."""
    rows = tomllib.loads((files("config") / "terms.toml").read_text("utf-8"))["term"]
    return {
        row["id"]: Rule(
            row["id"],
            row["name"],
            row["name_en"],
            row["from"],
            row["from_en"],
            row["length"],
            Unit(row["unit"]),
            row["source"],
            counts_first=row.get("counts_first", False),
            rolls=row.get("rolls", True),
            before=row.get("before", False),
        )
        for row in rows
    }


def rule(name: str) -> Rule:
    """The term called ``name``. Raises ``UnknownRule``."""
    try:
        return rules()[name]
    except KeyError:
        raise UnknownRule("、".join(rules())) from None
