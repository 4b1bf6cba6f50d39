"""What an office owes today, by the calendar of today."""

from dataclasses import dataclass

from notices.calendar.calendar import Calendar
from producers.house import House
from streams.calendars import current
from streams.duties import Moved, Owed, closed_duties, open_duties, recount

CLOSED = 200  # duties that are not open any more, at most


@dataclass(frozen=True)
class Owing:
    """Everything open, most urgent first; then, where asked for, what is not open any more; what the calendar moved."""

    calendar: Calendar
    duties: list[Owed]
    moved: list[Moved]


def owing(house: House, office: str, *, closed: bool = False) -> Owing:
    """What the office owes; counted anew where the calendar has had news."""
    calendar = current(house.store, office)
    found = house.store.read(lambda connection: open_duties(connection, office))
    moved: list[Moved] = []
    if any(one.edition < calendar.edition for one in found):
        moved = house.store.write(lambda tx: recount(tx, office))
        found = house.store.read(lambda connection: open_duties(connection, office))
    if closed:
        found += house.store.read(lambda connection: closed_duties(connection, office, CLOSED))
    return Owing(calendar, found, moved)
