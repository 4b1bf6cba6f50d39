"""What a file is timed for too late: each duty that its release would meet after its day, by the calendar of today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from notices.begins import begins
from notices.calendar.term import count
from notices.document import Draft
from producers.house import House
from streams.calendars import foreseen


@dataclass(frozen=True)
class Late:
    """One such duty."""

    name: str
    name_en: str
    last: date
    source: str


def late_releases(house: House, draft: Draft, at: datetime) -> Iterator[Late]:
    """Those of ``draft``, should it be public at ``at``; of several rows of a table, the first due."""
    version = draft.version(notice="-", number=1, index_number="-", relations=())
    calendar = house.store.read(lambda c: foreseen(c, draft.content.office))
    for begin in begins():
        if not begin.awaited:
            continue
        starts = [start for row in begin.rows_of(version) if (start := begin.start_of(version, at, row))]
        if starts and (term := count(begin.rule, min(starts), calendar)).ends_at <= at:
            yield Late(begin.rule.name, begin.rule.name_en, term.last, begin.source)
