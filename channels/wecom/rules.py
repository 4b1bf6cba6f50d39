"""``config/wecom.toml``: what answers mean."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Means(StrEnum):
    """What an answer means to us."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"
    GONE = "gone"
    PERSON = "person"


@dataclass(frozen=True)
class Rule:
    """What an answer means, and which message says so."""

    means: Means
    says: str
    throttled: bool = False


def rule_of_code(code: int) -> Rule:
    """Of an ``errcode``; of one that is not listed nobody knows what became of the message."""
    return _codes().get(code, Rule(Means.PERSON, "odd_code"))


def rule_of_status(status: int) -> Rule:
    """Of an HTTP status whose body is no answer of the interface; the narrowest row decides."""
    rows = [row for row in _file()["status"] if row["statuses"][0] <= status <= row["statuses"][1]]
    return _rule(min(rows, key=lambda row: row["statuses"][1] - row["statuses"][0]))


@cache
def _codes() -> dict[int, Rule]:
    return {row["code"]: _rule(row) for row in _file()["errcode"]}


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(Means(row["means"]), row["says"], row.get("throttled", False))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("config") / "wecom.toml").read_text("utf-8"))
