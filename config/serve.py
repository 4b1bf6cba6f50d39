"""The two listeners as data (``config/serve.toml``): bounds, patience, media types."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from config.fields import attachment_types

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True)
class Public:
    """Of the public listener; sizes in bytes."""

    cache_control: str
    connections: int
    small: int
    kept: int


@dataclass(frozen=True)
class Inner:
    """Of the inner listener."""

    connections: int
    viewers: int
    page: int
    marks: int


@dataclass(frozen=True)
class Patience:
    """How long a client may take, in seconds."""

    request: float
    reading: float
    idle: float


@dataclass(frozen=True)
class Live:
    """How live pages are kept in step, in seconds."""

    look: float
    gap: float
    beat: float
    stale: float
    figures: float


@cache
def public() -> Public:
    """The public listener."""
    return Public(**_table()["public"])


@cache
def inner() -> Inner:
    """The inner listener."""
    return Inner(**_table()["inner"])


@cache
def most_request() -> int:
    """Bytes of one request, at most; of one that posts without its body."""
    return int(_table()["request"]["bytes"])


@cache
def most_posted() -> int:
    """Bytes of the body of a post, at most."""
    return int(_table()["request"]["posted"])


@cache
def patience() -> Patience:
    """Both listeners' patience."""
    return Patience(**_table()["patience"])


@cache
def live() -> Live:
    """Live pages."""
    return Live(**_table()["live"])


def media_type(name: str) -> str:
    """What the file ``name``, relative to its site, is on the wire."""
    ending = name.rpartition(".")[2].lower()
    for path, types in _table()["types_under"].items():
        if name.startswith(path) and ending in types:
            return str(types[ending])
    return str(_table()["types"].get(ending) or attachment_types().get(ending, UNKNOWN))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("config") / "serve.toml").read_text("utf-8"))
