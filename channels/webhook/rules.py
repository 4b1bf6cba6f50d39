"""``config/webhook.toml``: what answers mean, and the bounds of a payload."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Means(StrEnum):
    """What an answer means to us."""

    DELIVERED = "delivered"
    AGAIN = "again"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class AnswerRule:
    """One row: statuses from first to last, what they mean, which message says so."""

    first: int
    last: int
    means: Means
    says: str
    throttled: bool = False


@cache
def answer_rules() -> tuple[AnswerRule, ...]:
    """Every row, the narrowest first."""
    rules = []
    for row in _file()["answer"]:
        first, last = row["statuses"]
        rules.append(AnswerRule(first, last, Means(row["means"]), row["says"], row.get("throttled", False)))
    return tuple(sorted(rules, key=lambda rule: rule.last - rule.first))


def most_superseded() -> int:
    """How many superseded sequences a payload names."""
    return int(_file()["payload"]["supersedes"])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("config") / "webhook.toml").read_text("utf-8"))
