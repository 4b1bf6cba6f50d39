"""What is told of a matter by itself, as data: ``config/matters.toml``."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

_FILE = "config/matters.toml"


@dataclass(frozen=True)
class Telling:
    """One event of a matter: what is said of it, and how widely."""

    id: str
    type: str  # of the event on the wire
    label: str  # 最新动态
    everyone: bool  # on every channel of its consultation but posters; else only where it is read by address, and hooks
    title: str
    summary: str


@cache
def tellings() -> dict[str, Telling]:
    """Every event by its id, in the order of a matter's life. Raises ``ValueError`` that names the row."""
    rows = tomllib.loads((files("config") / "matters.toml").read_text("utf-8"))["event"]
    names = {field.name for field in fields(Telling)}
    for row in rows:
        if row.keys() != names:
            raise ValueError(f"{_FILE}: {row.get('id', '-')}: it has {', '.join(row)}; wanted: {', '.join(names)}")
    return {row["id"]: Telling(**row) for row in rows}


def labelled(label: str) -> Telling:
    """The event that a page of a matter calls so. Raises ``KeyError``."""
    for one in tellings().values():
        if one.label == label:
            return one
    raise KeyError(label)
