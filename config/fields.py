"""What every notice's file may say: its common fields, attachments and bounds, as data (``config/fields.toml``)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from config.kinds import Field


@dataclass(frozen=True)
class Bounds:
    """How much of a notice's file is read at most."""

    file_bytes: int
    front_matter_depth: int
    front_matter_values: int
    body_characters: int
    body_brackets: int  # between two blank lines
    body_cells: int  # of all tables
    dated_ahead_days: int
    released_ahead_days: int


@dataclass(frozen=True)
class AttachmentBounds:
    """How large and how many attachments may be; ``unpacked_bytes`` is what a packed document says it holds."""

    bytes: int
    total_bytes: int
    count: int
    name_bytes: int
    unpacked_bytes: int
    entries: int


@cache
def common_fields() -> tuple[Field, ...]:
    """The fields of every notice, in the order of the metadata table."""
    return tuple(Field(**{"example": "", **row, "choices": tuple(row.get("choices", ()))}) for row in _table()["field"])


@cache
def bounds() -> Bounds:
    """Of the file."""
    return Bounds(**_table()["bounds"])


@cache
def attachment_bounds() -> AttachmentBounds:
    """Of the attachments of one notice."""
    return AttachmentBounds(**_table()["attachments"])


@cache
def attachment_types() -> dict[str, str]:
    """The media type of each extension that may be attached."""
    return {row["extension"]: row["media_type"] for row in _table()["attachment"]}


@cache
def wording_names() -> dict[str, str]:
    """The texts a channel may have of its own: Chinese label → name."""
    return {row["label"]: row["name"] for row in _table()["wording"]}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("config") / "fields.toml").read_text("utf-8"))
