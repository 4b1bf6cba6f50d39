"""Which days an office works: the years as published, above them its own days, beyond them what the law gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from config.messages import Language, say
from notices.calendar.year import Year, statutory

SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Own:
    """A day that an office has otherwise than the country: a festival of its region, a day of snow, a day worked."""

    is_worked: bool
    reason: str


@dataclass(frozen=True)
class Calendar:
    """An office's calendar as it stood in one edition: the same edition gives the same answers for ever."""

    edition: int  # what a term rests on
    years: Mapping[int, Year] = field(default_factory=dict)  # those that are published
    own: Mapping[date, Own] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """True when the office works on ``day``."""
        if own := self.own.get(day):
            return own.is_worked
        year = self.year(day.year)
        return day in year.worked or (day.weekday() < SATURDAY and day not in year.off)

    def working_day_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; ``day`` itself for none."""
        for _ in range(count):
            day += DAY
            while not self.is_working(day):
                day += DAY
        return day

    def differs(self, day: date) -> bool:
        """True for a day that a notice or the office speaks of."""
        year = self.year(day.year)
        return day in self.own or day in year.off or day in year.worked

    def is_provisional(self, day: date) -> bool:
        """True while nobody has published what ``day`` will be."""
        return day not in self.own and day.year not in self.years

    def year(self, number: int) -> Year:
        """The year as published, or as the law alone gives it."""
        return self.years.get(number) or statutory(number)

    def with_year(self, year: Year) -> "Calendar":
        """This calendar once ``year`` is published, in place of what was known of it."""
        return replace(self, years={**self.years, year.number: year})

    def with_own(self, off: Mapping[date, str], worked: Mapping[date, str], usual: Iterable[date]) -> "Calendar":
        """This calendar with days that the office has otherwise, and those it has as the country again."""
        again = set(usual)
        own = {day: how for day, how in self.own.items() if day not in again}
        own |= {day: Own(False, name) for day, name in off.items()}
        own |= {day: Own(True, name) for day, name in worked.items()}
        return replace(self, own=own)

    def reason(self, day: date, lang: Language | None = None) -> str:
        """Why the office works on ``day`` or does not, in words."""
        year = self.year(day.year)
        if own := self.own.get(day):
            return own.reason
        if name := year.worked.get(day):
            return say("calendar.worked", lang, name=name)
        if name := year.off.get(day):
            return name
        return say(f"calendar.weekday_{day.weekday()}", lang)
