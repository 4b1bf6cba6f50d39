"""The channels there are, as data: one table of ``config/channels.toml`` each."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def channel_tables() -> dict[str, dict[str, Any]]:
    """``[channels.*]`` by name: what people call it, its retry schedule, an example of its options."""
    tables: dict[str, dict[str, Any]] = tomllib.loads((files("config") / "channels.toml").read_text("utf-8"))[
        "channels"
    ]
    return tables


def channel_title(name: str, *, english: bool) -> str:
    """What people call a channel; one that the program does not know any more by its own name."""
    title: str = channel_tables().get(name, {}).get("title_en" if english else "title", name)
    return title


@cache
def channel_names() -> dict[str, str]:
    """What a notice's file may call each channel: its Chinese title first, then its name. Those for staff are none."""
    theirs = {name: table for name, table in channel_tables().items() if not table.get("staff")}
    return {called: name for name, table in theirs.items() for called in (table["title"], name)}
