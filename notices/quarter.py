"""季度: three months of the year here, and the figures of one by section."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from config.clock import SHANGHAI, wall
from notices.calendar.year import FIRST, LAST

QUARTER = "quarter"  # what the duties are begun by, beside the rows of config/begins.toml


@dataclass(frozen=True, order=True)
class Quarter:
    """One of them; ``number`` is 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def begins_at(self) -> datetime:
        """The first instant of its first day."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=SHANGHAI)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is not its own any more."""
        return self.next.begins_at

    @property
    def next(self) -> "Quarter":
        """The one behind it."""
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    @property
    def previous(self) -> "Quarter":
        """The one before it."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)


def quarter_of(instant: datetime) -> Quarter:
    """The one that ``instant`` falls into here."""
    day = wall(instant)
    return Quarter(day.year, (day.month + 2) // 3)


def quarter_in(text: str) -> Quarter:
    """The one that is written so: 2026Q3. Raises ``ValueError``."""
    found = re.fullmatch(r"([0-9]{4})[Qq]([1-4])", text)
    if found is None or not FIRST <= int(found[1]) < LAST:
        raise ValueError(f"no quarter such as 2026Q3: {text!r}")
    return Quarter(int(found[1]), int(found[2]))


class Act(StrEnum):
    """What a message did with its notice."""

    RELEASED = "released"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Said:
    """One message about a notice."""

    section: str
    act: Act
    message: str
    at: datetime


@dataclass(frozen=True)
class Term:
    """One duty, as far as it is counted."""

    section: str
    known_at: datetime  # since when it is on record
    ends_at: datetime | None  # None while it stands still
    done_at: datetime | None
    fell: bool = False  # it was not met: it fell away
    released_by: str | None = None  # the message whose release met it, where releases meet such duties

    @property
    def is_late(self) -> bool:
        """True when it was met after its day."""
        return self.done_at is not None and self.ends_at is not None and self.done_at >= self.ends_at


@dataclass(frozen=True)
class Heard:
    """One comment that has to be answered."""

    section: str
    at: datetime  # when it was received
    is_answered: bool


@dataclass(frozen=True)
class Figures:
    """What one section did in a quarter, and what it still owed at its end."""

    published: int = 0
    published_late: int = 0  # of those
    corrected: int = 0
    withdrawn: int = 0
    met: int = 0  # duties
    met_late: int = 0  # of those
    open: int = 0  # duties, at the end
    overdue: int = 0  # of those
    received: int = 0  # comments
    answered: int = 0  # of those, by now

    @property
    def is_told(self) -> bool:
        """True when there is news in it: that a duty is open and not late yet is none."""
        return any(count for name, count in asdict(self).items() if name != "open")


def figures(
    quarter: Quarter, said: Iterable[Said], terms: Iterable[Term], heard: Iterable[Heard], now: datetime
) -> Mapping[str, Figures]:
    """By section; those of which there is nothing are not named. A quarter that is not over ends ``now``."""
    begins, ends = quarter.begins_at, min(quarter.ends_at, now)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    terms = list(terms)
    late = {term.released_by for term in terms if term.is_late}
    for one in said:
        if begins <= one.at < ends:
            of = counts[one.section]
            of["published"] += one.act is Act.RELEASED
            of["published_late"] += one.act is Act.RELEASED and one.message in late
            of["corrected"] += one.act is Act.CORRECTED
            of["withdrawn"] += one.act is Act.WITHDRAWN
    for term in terms:
        of = counts[term.section]
        if term.done_at is not None and term.done_at < ends:
            is_met = begins <= term.done_at and not term.fell
            of["met"] += is_met
            of["met_late"] += is_met and term.is_late
        elif term.known_at < ends:
            of["open"] += 1
            of["overdue"] += term.ends_at is not None and term.ends_at <= ends
    for comment in heard:
        if begins <= comment.at < ends:
            of = counts[comment.section]
            of["received"] += 1
            of["answered"] += comment.is_answered
    return {section: Figures(**of) for section, of in counts.items() if any(of.values())}
