"""Who at an office is told of what it owes: by rung, by name, and by whoever stands in for somebody today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from config.messages import say
from config.settings import Configuration, StaffTable
from notices.reminders import Rung


@dataclass(frozen=True)
class Person:
    """Somebody who is told, and where."""

    name: str
    endpoints: tuple[str, ...]


@dataclass(frozen=True)
class Whom:
    """Everybody who is told at once, and in words who stands in for whom."""

    persons: tuple[Person, ...]
    delegations: tuple[str, ...] = ()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(name for one in self.persons for name in one.endpoints))


def whom(staff: StaffTable, rung: Rung, section: str, owners: Iterable[str | None], day: date) -> Whom:
    """Who is told on ``day``; nobody where nobody is named.

    Where none of the ``owners`` is a person of the configuration, the section's head is told in their place. Somebody
    who is away is told, and so is whoever stands in for him.
    """
    names = [name for name in _named(staff, rung, section, owners) if name in staff.persons]
    persons: dict[str, Person] = {}
    delegations: list[str] = []
    for name in names:
        for one in _and_delegates(staff, name, day, delegations):
            persons.setdefault(one, Person(one, staff.persons[one].endpoints))
    return Whom(tuple(persons.values()), tuple(dict.fromkeys(delegations)))


def _named(staff: StaffTable, rung: Rung, section: str, owners: Iterable[str | None]) -> Sequence[str]:
    head = staff.heads.get(section, "")
    match rung:
        case Rung.OWNER:
            return [name for name in owners if name in staff.persons and name] or [head]
        case Rung.HEAD:
            return [head]
        case Rung.OFFICE:
            return [staff.office]
        case Rung.DIRECTOR:
            return [staff.director]


def _and_delegates(staff: StaffTable, name: str, day: date, delegations: list[str]) -> Iterable[str]:
    """The person, and whoever stands in for him on ``day``, and for that one in turn."""
    seen = [name]
    while (delegate := staff.persons[seen[-1]].delegate) and delegate.has(day) and delegate.to not in seen:
        values = {"name": seen[-1], "to": delegate.to, "first": delegate.first, "last": delegate.last}
        delegations.append(say("remind.delegated", "zh", **values))
        seen.append(delegate.to)
    return seen


def unnamed(configuration: Configuration) -> Iterable[str]:
    """What nobody is named for, in words; the offices that name nobody at all in one line."""
    if silent := [name for name, office in configuration.offices.items() if not office.staff.persons]:
        yield say("remind.nobody_at_all", offices="、".join(silent))
    for name, office in configuration.offices.items():
        staff = office.staff
        if name in silent:
            continue
        if sections := [title for short, title in office.sections.items() if short not in staff.heads]:
            yield say("remind.no_heads", office=name, sections="、".join(sections))
        missing = [key for key in ("office", "director") if not getattr(staff, key)]
        if missing:
            yield say("remind.no_rung", office=name, keys="、".join(missing))
