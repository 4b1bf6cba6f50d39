"""What makes something owed: which notices, from when on, and what meets it, as data (``config/begins.toml``)."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
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
from notices.problem import Wrong
from notices.quarter import QUARTER
from notices.values import day

DOSSIER = "dossier"  # the field that carries the number of the matter, and the tie that the same number is
COMMON = {DOSSIER: "dossier", "event": "event"}  # what a notice has in common with others: the tie → its field
TIES = frozenset(RelationType) | COMMON.keys()
SHOWN_DAYS = "shown-days"  # no row: begun as the calendar says that a 公示 counted its days wrongly
SELF_CHECK = "self-check"  # no row: begun each week by what the self-check finds, and over with its day
FILLED = frozenset({DOSSIER, "number"})  # what a command that prepares a notice may be filled with

_FILE = "config/begins.toml"


class On(StrEnum):
    """While what is so."""

    RELEASED = "released"  # the notice stands
    WITHDRAWN = "withdrawn"  # it was taken back
    REPLACED = "replaced"  # another one stands that replaces it


class Met(StrEnum):
    """What meets a duty."""

    RELEASE = "release"  # that the notice was released
    NOTICE = "notice"  # another one, that is tied to it
    ROW = "row"  # what a later notice that is tied to it says of the same row of a table, or a correction of its own
    FIELD = "field"  # what a correction says
    WORD = "word"  # a person's word
    TIME = "time"  # nobody: it ends with its term, and is never late


Values = Mapping[str, tuple[str, ...]]  # field → what it may say


@dataclass(frozen=True)
class Begin:
    """One row: who owes what, from when on, and what meets it."""

    id: str
    on: On
    term: str  # id of a term
    start: str  # "released", "withdrawn", "replaced", or a field; with ``each`` a column
    met: Met
    source: str  # law and article by which it is owed
    kinds: tuple[str, ...] = ()  # none: every kind
    when: Values | None = None
    says: Values | None = None
    kind: str = ""  # of the notice that meets it; empty: any
    ties: tuple[str, ...] = ()
    once: str = ""  # a tie in COMMON: of the notices so tied that would owe it from the same instant, the earliest does
    passes_to: str = ""  # the kind of a later notice with the same ties that owes it from then on
    awaited: bool = False  # begins with the approval already, where the notice is timed
    each: str = ""  # a table: each of its rows owes for itself, told from the others by the first column
    command: str = ""  # that prepares the notice that meets it, or shows what ends by itself; with {dossier}, {number}

    @property
    def rule(self) -> Rule:
        """The term."""
        return rule(self.term)

    def start_of(self, version: Version, at: datetime, row: str = "") -> datetime | None:
        """From when on a notice with this text, released, withdrawn or replaced ``at``, owes it; None: it does not.

        A date begins with its day. One that no calendar reaches is none.
        """
        owes = version.kind in (self.kinds or written_kinds())  # what the program writes owes nothing of its own
        if owes and self.each:
            cells = self.cells_of(version, row)
            return self.day_in(cells) if cells and _row_says(cells, self.when or {}) else None
        if not owes or not _says(version, self.when or {}):
            return None
        return at if self.start == self.on else _instant(_value(version, self.start))

    def rows_of(self, version: Version) -> tuple[str, ...]:
        """What tells apart what a notice with this text may owe: the names of the rows; the empty one without
        ``each``."""
        if not self.each:
            return ("",)
        return tuple(name for cells in _table(version, self.each) if (name := next(iter(cells.values()), "")))

    def cells_of(self, version: Version, row: str) -> Mapping[str, str] | None:
        """The row of that name."""
        found = (cells for cells in _table(version, self.each) if next(iter(cells.values()), "") == row)
        return next(found, None)

    def day_in(self, cells: Mapping[str, str]) -> datetime | None:
        """The start that a row names; None for what is no date, as in texts from before it had to be one."""
        try:
            return _instant(day(cells.get(self.start, "")).isoformat())
        except Wrong:
            return None

    def is_met_in(self, cells: Mapping[str, str]) -> bool:
        """True when a row says so."""
        return self.met is Met.ROW and _row_says(cells, self.says or {})

    def is_met_by(self, version: Version) -> bool:
        """True when the notice's own text meets it."""
        return self.met is Met.FIELD and _says(version, self.says or {})


@cache
def begins() -> tuple[Begin, ...]:
    """Every row, in the order of the file. Raises ``ValueError`` that names the file, the row and the mistake."""
    return begins_in((files("config") / "begins.toml").read_text("utf-8"), kinds())


@cache
def by_time() -> frozenset[str]:
    """What begins duties that end with their term."""
    return frozenset(one.id for one in begins() if one.met is Met.TIME) | {SELF_CHECK, QUARTER}


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
    _known("once", filter(None, (one.once,)), COMMON)
    if (one.met in (Met.NOTICE, Met.ROW) or bool(one.passes_to)) != bool(one.ties) or (one.kind and not one.ties):
        raise ValueError("ties belong to met = notice or row and to passes_to, which need them; kind needs ties")
    if (one.met in (Met.FIELD, Met.ROW)) != bool(one.says):
        raise ValueError("says belongs to met = field or row, which needs it")
    if one.met is Met.ROW and not one.each:
        raise ValueError("met = row needs each")
    if one.awaited and (one.met is not Met.RELEASE or one.start == one.on):
        raise ValueError("awaited belongs to met = release, and to a start that a field says")
    if one.each and one.met not in (Met.ROW, Met.RELEASE):
        raise ValueError("each belongs to met = row or release")
    if one.command and not one.kind and one.met is not Met.TIME:
        raise ValueError("command belongs to a kind that meets it, or to met = time")
    if odd_names := set(re.findall(r"\{(.*?)\}", one.command)) - FILLED:
        raise ValueError(f"command: unknown {', '.join(sorted(odd_names))}; known: {', '.join(sorted(FILLED))}")
    if one.on is not On.RELEASED and one.met is not Met.WORD:
        raise ValueError("what a withdrawal or a replacement begins is met by a person's word")
    owing: list[Kind | None] = [known[name] for name in one.kinds] if one.kinds else [None]
    for kind in owing if "{dossier}" in one.command else ():
        _field(DOSSIER, kind)
    if one.each:
        _check_rows(one, owing)
        return one
    if one.start != one.on:
        for kind in owing:
            if _field(one.start, kind).type not in ("date", "time"):
                raise ValueError(f"start: the field {one.start!r} is no date and no time")
    for name, values in {**(one.when or {}), **(one.says or {})}.items():
        for kind in owing:
            if (field := _field(name, kind)).type != "number":  # which may be any
                _known(f"value of {name}", values, field.choices)
    return one


def _check_rows(one: Begin, owing: Iterable[Kind | None]) -> None:
    for kind in owing:
        columns = _field(one.each, kind).columns
        if not columns:
            raise ValueError(f"each: the field {one.each!r} is no table")
        cells = {cell.column: cell for cell in (kind.cells if kind else ()) if cell.rows == one.each}
        if (named := cells.get(columns[0])) is None or named.takes != "name":
            raise ValueError(f"each: the first column of {one.each!r} must take a name")
        if (begun := cells.get(one.start)) is None or begun.takes != "date":
            raise ValueError(f"start: the column {one.start!r} takes no date")
        for name, values in {**(one.when or {}), **(one.says or {})}.items():
            _known(f"value of {name}", values, cells[name].choices if name in cells else ())


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


def _table(version: Version, name: str) -> Sequence[Mapping[str, str]]:
    return version.fields.get(name) or ()


def _row_says(cells: Mapping[str, str], wanted: Values) -> bool:
    return all(cells.get(name) in values for name, values in wanted.items())


def _instant(value: Any) -> datetime | None:
    """A date or an instant, as a version has it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if value is None or not FIRST <= value.year < LAST:
        return None
    return value if isinstance(value, datetime) else datetime.combine(value, time(), SHANGHAI)
