"""突发事件通报: the bulletins of one event and their numbers, 第1号, 第2号 …

A bulletin is of the same event as an earlier one that it replaces, corrects or carries on; or, while that event goes
on, as one it is related to in any way or that names the event in the same words. An event is over when its newest
bulletin that is not taken back says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from notices.notice import RelationType, Version

BULLETIN = "t09"
SERIAL, EVENT, STATUS = "serial", "event", "status"
GOES_ON = "处置中"


@dataclass(frozen=True)
class Bulletin:
    """One, as it stands."""

    notice: str
    first_at: datetime
    version: Version  # the newest
    is_withdrawn: bool = False

    @property
    def serial(self) -> int:
        """第N号."""
        return int(Decimal(self.version.fields[SERIAL]))


def by_event(said: Iterable[Bulletin]) -> list[list[Bulletin]]:
    """The bulletins of each event, in the order in which they became public."""
    events: list[list[Bulletin]] = []
    for one in sorted(said, key=lambda one: (one.first_at, one.notice)):
        if (found := event_of(one.version, events)) is not None:
            found.append(one)
        else:
            events.append([one])
    return events


def event_of(version: Version, events: Sequence[list[Bulletin]]) -> list[Bulletin] | None:
    """The event of ``events`` that a bulletin with this text goes on with; None: it is the first of its own."""
    for event in reversed(events):
        names = {one.notice for one in event}
        ties = {tie.type for tie in version.relations if tie.notice in names}
        same = event[-1].version.fields[EVENT] == version.fields[EVENT]
        if ties - {RelationType.RELATED} or (goes_on(event) and (ties or same)):
            return event
    return None


def goes_on(event: Sequence[Bulletin]) -> bool:
    """True while nobody said that it is over."""
    standing = [one for one in event if not one.is_withdrawn]
    return bool(standing) and standing[-1].version.fields[STATUS] == GOES_ON


def next_number(event: Sequence[Bulletin]) -> int:
    """What the next bulletin of the event is numbered; a number that was taken back is not given again."""
    return max(one.serial for one in event) + 1
