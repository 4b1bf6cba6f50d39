"""进展节点: the milestones that a decision or a progress report names, each with its planned day and how it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from notices.notice import Version
from notices.problem import Wrong
from notices.values import day

TABLE = "milestones"  # the field of the kinds that have one
NAME, PLANNED, STATE, SECTION = "节点", "计划完成日", "状态", "责任股室"  # its columns
REACHED = "已完成"


@dataclass(frozen=True)
class Milestone:
    """One, as one text says it."""

    name: str
    planned: date | None  # None in texts from before it had to be a whole date
    state: str
    section: str

    @property
    def reached(self) -> bool:
        """True when the text says so."""
        return self.state == REACHED

    def as_row(self) -> dict[str, str]:
        """As a row of the table."""
        planned = self.planned.isoformat() if self.planned else ""
        return {NAME: self.name, PLANNED: planned, STATE: self.state, SECTION: self.section}


def milestones_in(version: Version) -> Iterator[Milestone]:
    """Those that the text names, in its order."""
    for row in version.fields.get(TABLE) or ():
        if name := row.get(NAME, ""):
            yield Milestone(name, _day(row.get(PLANNED, "")), row.get(STATE, ""), row.get(SECTION, ""))


def _day(text: str) -> date | None:
    try:
        return day(text)
    except Wrong:
        return None
