"""栏目: the column tree of the site and its feeds, as data (``config/columns.toml``, 国办公开办函〔2019〕61号)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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


@cache
def columns() -> dict[str, Column]:
    """Every column by id, parents first."""
    rows = tomllib.loads((files("config") / "columns.toml").read_text("utf-8"))["column"]
    return {row["id"]: Column(**row) for row in rows}


def path_of(column: str) -> tuple[Column, ...]:
    """The columns from the root down to ``column``, for the trail of a page. Raises ``KeyError``."""
    found = columns()[column]
    return (*(path_of(found.parent) if found.parent else ()), found)
