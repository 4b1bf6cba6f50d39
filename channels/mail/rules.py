"""``config/mail.toml``: what replies of a mail server mean."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from channels.smtp.letter import Stage


class Means(StrEnum):
    """What a reply means to us."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"
    GONE = "gone"
    PERSON = "person"


@dataclass(frozen=True)
class Rule:
    """What a reply means, and which message says so."""

    means: Means
    says: str


def rule_of(stage: Stage, code: int) -> Rule:
    """Of a reply at ``stage``; the narrowest row decides, and of two alike the one that names the stage."""
    rows = [
        row
        for row in _rows()
        if row["codes"][0] <= code <= row["codes"][1] and stage.value in row.get("stages", [stage.value])
    ]
    found = min(rows, key=lambda row: (row["codes"][1] - row["codes"][0], "stages" not in row))
    return Rule(Means(found["means"]), found["says"])


@cache
def _rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((files("config") / "mail.toml").read_text("utf-8"))["reply"]
    return found
