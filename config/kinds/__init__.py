"""文种: the kinds of notice, as data. A new kind is one TOML file in this folder."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Field:
    """One field of a kind: how it is called, what it takes, whether it must be there."""

    name: str  # English key, as in the version
    type: str  # a FactType value, or "text", "lines", "table", "choice", "period"
    label: str  # Chinese key, as staff write it
    label_en: str
    required: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    example: str = ""
    help: str = ""
    help_en: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind: its fields, where it stands on the site, where it goes by default, how its poster looks."""

    id: str  # "t01"
    code: str  # "T1"
    name: str
    name_en: str
    column: str  # id of the column on the site and of its feed
    genre: str  # 体裁分类
    channels: tuple[str, ...]  # by default
    poster: str  # layout of the poster
    emergency: bool = False  # urgency is emergency by default
    fields: tuple[Field, ...] = field(default=())


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by id."""
    found = {}
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text("utf-8"))
            fields = tuple(Field(**{**row, "choices": tuple(row.get("choices", ()))}) for row in table.pop("field", ()))
            kind = Kind(**{**table, "channels": tuple(table["channels"]), "fields": fields})
            found[kind.id] = kind
    return found
