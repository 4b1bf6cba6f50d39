"""Hard limits of channels, as data: ``config/limits.toml`` (channel, name, unit, value, source)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Limit:
    """One limit: what is counted in which unit, how much is allowed, and who says so."""

    channel: str
    name: str
    unit: str
    value: int
    source: str
    label: str  # Chinese
    label_en: str
    advised: int | None = None  # what is more than this is taken, and its author warned


@cache
def limits(channel: str) -> dict[str, Limit]:
    """The limits of ``channel`` by name."""
    rows = tomllib.loads((files("config") / "limits.toml").read_text("utf-8"))["limit"]
    return {row["name"]: Limit(**row) for row in rows if row["channel"] == channel}


def every_limit() -> list[Limit]:
    """Every row, for the test that breaks each one."""
    rows = tomllib.loads((files("config") / "limits.toml").read_text("utf-8"))["limit"]
    return [Limit(**row) for row in rows]
