"""What is told of a matter by itself, as data: ``config/matters.toml``."""

import tomllib
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

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
    days_before: int = 0  # the end of the window
    term: str = ""  # the row of config/terms.toml that says by which article
    duty: str = ""  # the row of config/begins.toml that does


@cache
def tellings() -> dict[str, Telling]:
    """Every event by its id, in the order of a matter's life. Raises ``ValueError`` that names the row."""
    names = [field.name for field in fields(Telling)]
    needed = {field.name for field in fields(Telling) if field.default is MISSING}
    for row in _table()["event"]:
        if not needed <= row.keys() <= set(names):
            raise ValueError(f"{_FILE}: {row.get('id', '-')}: it has {', '.join(row)}; wanted: {', '.join(names)}")
    return {row["id"]: Telling(**row) for row in _table()["event"]}


@cache
def news_for() -> timedelta:
    """What is told later than that is no news: it alerts nobody any more."""
    return timedelta(hours=_table()["news_for"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("config") / "matters.toml").read_text("utf-8"))


def labelled(label: str) -> Telling:
    """The event that a page of a matter calls so. Raises ``KeyError``."""
    for one in tellings().values():
        if one.label == label:
            return one
    raise KeyError(label)
