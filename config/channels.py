"""The channels there are, as data: one table of ``config/channels.toml`` each."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def channel_tables() -> dict[str, dict[str, Any]]:
    """``[channels.*]`` by name: labels, retry schedule, in-flight bound."""
    tables: dict[str, dict[str, Any]] = tomllib.loads((files("config") / "channels.toml").read_text("utf-8"))[
        "channels"
    ]
    return tables
