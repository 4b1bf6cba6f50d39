"""年报: what must stand in a column by a day of each year, of the year before (条例第四十九条)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from config.clock import SHANGHAI, wall
from config.columns import columns
from config.kinds import written_kinds
from notices.calendar.rules import rules
from notices.calendar.term import Rule
from notices.owed import End, Own

YEARLY = "yearly"  # what the duties are begun by, beside the rows of config/begins.toml
YEAR = "year"  # the field that says of which year a notice is


@dataclass(frozen=True)
class Yearly:
    """A column in which something of the year before must stand by the end of a term that begins with the year."""

    column: str  # its id
    name: str  # of the column
    kinds: tuple[str, ...]  # that may be it
    rule: Rule

    def about(self, year: int) -> str:
        """What is owed in ``year``."""
        return f"{year - 1}年度{self.name}"


@cache
def yearlies() -> tuple[Yearly, ...]:
    """Every one. Raises ``ValueError`` that names what is wrong in the file."""
    found = []
    for column in columns().values():
        if not column.yearly:
            continue
        if column.yearly not in rules():
            raise ValueError(f"config/columns.toml: {column.name}: yearly is no term: {column.yearly}")
        of = [one for one in written_kinds().values() if one.column == column.id]
        kinds = tuple(one.id for one in of if any(field.name == YEAR for field in one.fields))
        if not kinds:
            raise ValueError(f"config/columns.toml: {column.name}: no kind of this column has the field {YEAR!r}")
        found.append(Yearly(column.id, column.name, kinds, rules()[column.yearly]))
    return tuple(found)


def begins_at(year: int) -> datetime:
    """From when on it is owed."""
    return datetime(year, 1, 1, tzinfo=SHANGHAI)


def year_of(start: datetime) -> int:
    """The year in which what began then is owed."""
    return wall(start).year


def met(year: int, notices: Iterable[Sequence[Own]]) -> End | None:
    """By the first message since which one of the column's ``notices`` stands and says that it is of the year before;
    None while none does."""
    since: list[Own] = []
    for own in notices:
        by = None
        for one in own:
            is_it = not one.is_withdrawal and one.version.fields.get(YEAR) == str(year - 1)
            by = (by or one) if is_it else None
        if by is not None:
            since.append(by)
    first = min(since, key=lambda one: (one.at, one.message), default=None)
    return End("met", first.message, first.at) if first else None
