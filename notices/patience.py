"""How long the public is not told that a promised day passed: staff are urged first, rung by rung."""

from dataclasses import dataclass
from datetime import date, datetime

from notices.calendar.calendar import Calendar
from notices.calendar.term import midnight_after
from notices.reminders import ladder


@dataclass(frozen=True)
class Patience:
    """An office's: so many of its working days; None: until the last rung has been told."""

    days: int | None
    calendar: Calendar

    @property
    def working_days(self) -> int:
        """How many they are."""
        return ladder() if self.days is None else self.days

    def ends_at(self, day: date) -> datetime:
        """When the public is told that ``day``, which was promised, passed: at the end of the last of these days."""
        return midnight_after(self.calendar.working_day_after(day, self.working_days))


AT_ONCE = Patience(0, Calendar(0))
