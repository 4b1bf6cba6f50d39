"""Message catalogues: every word a person reads, Chinese first with complete English beside it.

One TOML file an area in ``config/messages/``; a table a message, with ``zh`` and ``en``. Placeholders are
``str.format`` names.
"""

import os
import tomllib
from functools import cache
from importlib.resources import files

Language = str  # "zh" | "en"


def language() -> Language:
    """The reader's language on a terminal: ``GONGKAI_LANG``; Chinese unless it says ``en``."""
    return "en" if os.environ.get("GONGKAI_LANG", "zh").lower().startswith("en") else "zh"


@cache
def catalogue(area: str) -> dict[str, dict[str, str]]:
    """The messages of one area by name."""
    text = (files("config") / "messages" / f"{area}.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


def say(key: str, lang: Language | None = None, /, **values: object) -> str:
    """The message ``area.name`` in ``lang`` (default: the reader's), with ``values`` put in."""
    area, _, name = key.partition(".")
    return catalogue(area)[name][lang or language()].format(**values)
