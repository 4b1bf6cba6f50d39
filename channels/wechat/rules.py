"""``config/wechat.toml``: what the platform's answers mean, how long things are waited for, how articles look."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Means(StrEnum):
    """What an answer with an error number means to us."""

    TOKEN = "token"  # noqa: S105 - the name of a meaning
    AGAIN = "again"
    QUOTA = "quota"
    REFUSED = "refused"
    ABSENT = "absent"
    PERSON = "person"
    OTHER = "other"  # a number we do not know


@dataclass(frozen=True)
class AnswerRule:
    """What a number means, and which message says so."""

    means: Means
    says: str


@dataclass(frozen=True)
class Looks:
    """Colours, as CSS and typst write them."""

    dark: str
    base: str
    tint: str


@dataclass(frozen=True)
class Waits:
    """How long things are waited for, in seconds."""

    poll: tuple[float, ...]
    looks: tuple[float, ...]
    settled: float
    late: tuple[float, ...]
    early: float


@cache
def answer_rule(code: int) -> AnswerRule:
    """What the error ``code`` means."""
    for row in _file()["answer"]:
        if code in row["codes"]:
            return AnswerRule(Means(row["means"]), row["says"])
    return AnswerRule(Means.OTHER, "other")


@cache
def waits() -> Waits:
    """The waits of this installation."""
    table = _file()
    return Waits(
        poll=tuple(table["poll"]["delays"]),
        looks=tuple(table["doubt"]["looks"]),
        settled=table["doubt"]["settled"],
        late=tuple(table["late"]["looks"]),
        early=table["token"]["early"],
    )


def host() -> str:
    """The platform's own address."""
    return str(_file()["host"]["url"])


def looks(layout: str) -> Looks:
    """The colours of a layout."""
    return Looks(**_file()["looks"][layout])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("config") / "wechat.toml").read_text("utf-8"))
