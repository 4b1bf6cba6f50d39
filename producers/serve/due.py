"""What each office owes, for the page of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from config.settings import Configuration, OfficeTable
from producers.nearness import Near, nearness
from producers.reminded import Reminded, reminded
from streams.calendars import calendar_of
from streams.duties import Owed, open_duties


@dataclass(frozen=True)
class Row:
    """One duty, whose it is, and how near its day is."""

    owed: Owed
    section: str
    near: Near
    reminded: Reminded


@dataclass(frozen=True)
class Due:
    """One office's, most urgent first."""

    id: str
    office: OfficeTable
    rows: Sequence[Row]


def due(connection: Connection, configuration: Configuration, now: datetime) -> list[Due]:
    """What every office owes at ``now``, by the days as they were counted last."""
    return [_due(connection, name, office, now) for name, office in configuration.offices.items()]


def _due(connection: Connection, name: str, office: OfficeTable, now: datetime) -> Due:
    calendar = calendar_of(connection, name)
    owed = open_duties(connection, name)
    said = reminded(connection, [one.id for one in owed])
    rows = [
        Row(one, office.sections.get(one.section, one.section), nearness(one, now, calendar), said[one.id])
        for one in owed
    ]
    return Due(name, office, rows)
