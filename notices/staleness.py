"""栏目更新: how long the office may leave a column, or its front page, without anything new (国办秘函〔2019〕19号)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from config.columns import columns, front_page
from config.kinds import written_kinds
from notices.begins import Begin, Met, On
from notices.calendar.rules import rules
from notices.owed import End

COLUMN = "column"  # what the duties are begun by, beside the rows of config/begins.toml


@dataclass(frozen=True)
class Place:
    """A column, or the front page with everything that is published."""

    name: str
    kinds: tuple[str, ...]  # that count as news of it
    begin: Begin  # what it makes its newest notice owe


@dataclass(frozen=True)
class Shown:
    """A notice of a place, that is public or was."""

    notice: str
    first_at: datetime
    withdrawn: End | None = None


@cache
def places() -> tuple[Place, ...]:
    """Every one that must be kept up to date. Raises ``ValueError`` that names what is wrong in the file."""
    kinds, front = written_kinds(), front_page()
    found = [_place(front.name, front.stale_after, tuple(one.id for one in kinds.values() if one.column))]
    for column in columns().values():
        if column.stale_after:
            of = tuple(one.id for one in kinds.values() if one.column == column.id)
            found.append(_place(column.name, column.stale_after, of))
    return tuple(found)


def end_of(one: Shown, next_standing: Shown | None, next_ever: Shown | None) -> End | None:
    """How the duty of ``one`` to be followed by something new ended; None while nothing did.

    ``next_ever`` is the notice of the place that became public next, ``next_standing`` the next one that still is.
    What was taken back is followed by nothing, unless something came while it stood.
    """
    if one.withdrawn is None:
        return _met(next_standing) if next_standing else None
    if next_ever and next_ever.first_at <= one.withdrawn.at:
        return _met(next_ever)
    return one.withdrawn


def _met(by: Shown) -> End:
    return End("met", f"{by.notice}.1", by.first_at)


def _place(name: str, term: str, kinds: tuple[str, ...]) -> Place:
    if term not in rules():
        raise ValueError(f"config/columns.toml: {name}: stale_after is no term: {term}; known: {', '.join(rules())}")
    begin = Begin(COLUMN, On.RELEASED, term, On.RELEASED, Met.NOTICE, rules()[term].source)
    return Place(name, kinds, begin)
