"""栏目: the column tree of the site and its feeds, as data (``config/columns.toml``, 国办公开办函〔2019〕61号)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column: where it hangs, what it is called, what stands in it."""

    id: str  # also its folder in addresses
    name: str
    name_en: str
    holds: str  # "columns" | "page" | "notices"
    type: str  # 栏目类别, meta tag ColumnType (国办发〔2017〕47号)
    keywords: str = ""  # comma-separated, meta tag ColumnKeywords
    parent: str | None = None
    description: str = ""
    stale_after: str = ""  # id of a term: how long it may be left without anything new; empty: as long as it takes
    yearly: str = ""  # id of a term from 1 January on: by when a notice of the year before must stand in it


@dataclass(frozen=True)
class FrontPage:
    """首页: everything that is published is news of it."""

    name: str
    stale_after: str  # id of a term


@dataclass(frozen=True)
class Medium:
    """政务新媒体: a channel whose endpoints are accounts that must be kept up to date."""

    channel: str
    stale_after: str  # id of a term


@cache
def columns() -> dict[str, Column]:
    """Every column by id, parents first."""
    return {row["id"]: Column(**row) for row in _file()["column"]}


def front_page() -> FrontPage:
    """The front page of a site."""
    return FrontPage(**_file()["front"])


def media() -> tuple[Medium, ...]:
    """Every one."""
    return tuple(Medium(**row) for row in _file().get("medium", ()))


def path_of(column: str) -> tuple[Column, ...]:
    """The columns from the root down to ``column``, for the trail of a page. Raises ``KeyError``."""
    found = columns()[column]
    return (*(path_of(found.parent) if found.parent else ()), found)


def _file() -> dict[str, Any]:
    return tomllib.loads((files("config") / "columns.toml").read_text("utf-8"))
