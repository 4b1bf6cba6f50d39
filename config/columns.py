"""栏目: the column tree of the site and its feeds, as data (``config/columns.toml``, 国办公开办函〔2019〕61号)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Column:
    """One column: where it hangs and what it is called."""

    id: str  # also its folder in addresses
    name: str
    name_en: str
    parent: str | None = None
    description: str = ""


@cache
def columns() -> dict[str, Column]:
    """Every column by id, parents first."""
    rows = tomllib.loads((files("config") / "columns.toml").read_text("utf-8"))["column"]
    return {row["id"]: Column(**row) for row in rows}
