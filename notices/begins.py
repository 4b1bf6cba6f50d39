"""What makes something owed: which notices, from when on, and what meets it, as data (``config/begins.toml``)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from config.clock import SHANGHAI
from config.fields import common_fields
from config.kinds import Field, Kind, kinds, written_kinds
from notices.calendar.rules import rule, rules
from notices.calendar.term import Rule
from notices.calendar.year import FIRST, LAST
from notices.notice import RelationType, Version

DOSSIER = "dossier"  # the field that carries the number of the matter, and the tie that the same number is
TIES = frozenset(RelationType) | {DOSSIER}

_FILE = "config/begins.toml"


class On(StrEnum):
    """While what is so."""

    RELEASED = "released"  # the notice stands
    WITHDRAWN = "withdrawn"  # it was taken back


class Met(StrEnum):
    """What meets a duty."""

    RELEASE = "release"  # that the notice was released
    NOTICE = "notice"  # another one, that is tied to it
    FIELD = "field"  # what a correction says
    WORD = "word"  # a person's word


Values = Mapping[str, tuple[str, ...]]  # field → what it may say


@dataclass(frozen=True)
class Begin:
    """One row: who owes what, from when on, and what meets it."""

    id: str
    on: On
    term: str  # id of a term
    start: str  # "released", "withdrawn", or a field
    met: Met
    source: str  # law and article by which it is owed
    kinds: tuple[str, ...] = ()  # none: every kind
    when: Values | None = None
    says: Values | None = None
    kind: str = ""  # of the notice that meets it; empty: any
    ties: tuple[str, ...] = ()
    passes_to: str = ""  # the kind of a later notice with the same ties that owes it from then on

    @property
    def rule(self) -> Rule:
        """The term."""
        return rule(self.term)

    def start_of(self, version: Version, at: datetime) -> datetime | None:
        """From when on a notice with this text, released or withdrawn ``at``, owes it; None: it does not.

        A date begins with its day. One that no calendar reaches is none.
        """
        owes = version.kind in (self.kinds or written_kinds())  # what the program writes owes nothing of its own
        if not owes or not _says(version, self.when or {}):
            return None
        return at if self.start == self.on else _instant(_value(version, self.start))

    def is_met_by(self, version: Version) -> bool:
        """True when the notice's own text meets it."""
        return self.met is Met.FIELD and _says(version, self.says or {})


@cache
def begins() -> tuple[Begin, ...]:
    """Every row, in the order of the file. Raises ``ValueError`` that names the file, the row and the mistake."""
    return begins_in((files("config") / "begins.toml").read_text("utf-8"), kinds())


def begins_in(toml: str, known: Mapping[str, Kind]) -> tuple[Begin, ...]:
    """The rows of ``toml``, for the kinds ``known``. Raises as ``begins``."""
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{_FILE}: {error}") from None
    if odd := table.keys() - {"begin"}:
        raise ValueError(f"{_FILE}: unknown key {', '.join(sorted(odd))}; allowed: begin")
    found: dict[str, Begin] = {}
    for number, row in enumerate(table.get("begin", ()), start=1):
        try:
            one = _begin(row, known)
            if one.id in found:
                raise ValueError("the id is taken by another row")
        except ValueError as error:
            raise ValueError(f"{_FILE}, row {number} ({row.get('id', '-')}): {error}") from None
        found[one.id] = one
    return tuple(found.values())


def _begin(row: dict[str, Any], known: Mapping[str, Kind]) -> Begin:
    allowed = [field.name for field in fields(Begin)]
    if odd := row.keys() - set(allowed):
        raise ValueError(f"unknown key {', '.join(sorted(odd))}; allowed: {', '.join(allowed)}")
    if missing := {"id", "on", "term", "start", "met", "source"} - row.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    one = Begin(
        **{
            **row,
            "on": On(row["on"]),
            "met": Met(row["met"]),
            "kinds": tuple(row.get("kinds", ())),
            "ties": tuple(row.get("ties", ())),
            "when": _values(row.get("when")),
            "says": _values(row.get("says")),
        }
    )
    _known("kind", [*one.kinds, *filter(None, (one.kind, one.passes_to))], known)
    _known("term", [one.term], rules())
    _known("tie", one.ties, TIES)
    if (one.met is Met.NOTICE) != bool(one.ties) or ((one.kind or one.passes_to) and not one.ties):
        raise ValueError("ties, kind and passes_to belong to met = notice, which needs ties")
    if (one.met is Met.FIELD) != bool(one.says):
        raise ValueError("says belongs to met = field, which needs it")
    if one.on is On.WITHDRAWN and one.met is not Met.WORD:
        raise ValueError("what a withdrawal begins is met by a person's word")
    owing: list[Kind | None] = [known[name] for name in one.kinds] if one.kinds else [None]
    if one.start != one.on:
        for kind in owing:
            if _field(one.start, kind).type not in ("date", "time"):
                raise ValueError(f"start: the field {one.start!r} is no date and no time")
    for name, values in {**(one.when or {}), **(one.says or {})}.items():
        for kind in owing:
            _known(f"value of {name}", values, _field(name, kind).choices)
    return one


def _values(row: Mapping[str, Iterable[str]] | None) -> Values | None:
    return {name: tuple(values) for name, values in row.items()} if row else None


def _known(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    if odd := sorted(set(names) - set(known)):
        raise ValueError(f"unknown {what} {', '.join(odd)}; known: {', '.join(sorted(known))}")


def _field(name: str, kind: Kind | None) -> Field:
    """The field of the kind's own, or of every notice."""
    for field in (*(kind.fields if kind else ()), *common_fields()):
        if field.name == name:
            return field
    raise ValueError(f"unknown field {name!r}" + (f" of {kind.id}" if kind else ", which every kind must have"))


def _value(version: Version, name: str) -> Any:
    return version.fields[name] if name in version.fields else getattr(version, name, None)


def _says(version: Version, wanted: Values) -> bool:
    return all(_value(version, name) in values for name, values in wanted.items())


def _instant(value: Any) -> datetime | None:
    """A date or an instant, as a version has it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if value is None or not FIRST <= value.year < LAST:
        return None
    return value if isinstance(value, datetime) else datetime.combine(value, time(), SHANGHAI)
