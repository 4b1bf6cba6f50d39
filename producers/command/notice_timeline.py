"""One notice: who did what, and each attempt at each outlet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.padding import Padding
from rich.text import Text
from sqlalchemy import Connection, Row, select

from config.kinds import kinds
from config.messages import language, say
from notices.calendar.calendar import Calendar
from notices.notice import State, Version
from producers.ailing import ailing
from producers.command import ways
from producers.command.clock.holds import holds
from producers.command.deliveries import as_data
from producers.command.due.told import as_data as duty_data
from producers.command.due.told import duties_told
from producers.command.exits import Exit
from producers.command.given import Given
from producers.command.mended import mended
from producers.command.show import answer, minute, pairs
from producers.endpoint_acts import endpoint_acts
from producers.held import held
from producers.house import House
from producers.lookup import address, find, newest
from producers.pushed import Alerted, alerted
from producers.timeline import Act, Timeline, Way, timeline
from producers.totals import Totals, totals
from streams import triggers
from streams.calendars import calendar_of
from streams.duties import Owed, duties_of
from streams.pushes import Push, of_notices
from streams.store.tables import message

EVERY = 1_000_000  # attempts of a delivery: all there are


@dataclass(frozen=True)
class Found:
    """Everything about one notice, from one snapshot."""

    row: "Row[Any]"
    version: Version  # the newest
    release_at: datetime | None  # when it will be public; None: it is, or will not be
    timeline: Timeline
    taken_in: Mapping[int, datetime]  # by the message's sequence
    touched: Mapping[str, Sequence[Act]]  # what was done to its endpoints since
    totals: Mapping[str, Totals]  # by delivery, of those that go to persons
    pushes: Sequence[Push]
    duties: Sequence[Owed]
    calendar: Calendar

    def alerted(self, way: Way) -> Alerted | None:
        """Whether followers were alerted by it."""
        open_at = None if self.row.state == State.WITHDRAWN else self.row.sequence
        return alerted(way.standing, self.pushes, open_at=open_at)


def notice_timeline(given: Given, house: House, name: str) -> Exit:
    """Show it. Raises ``UnknownNotice``."""

    def read(connection: Connection) -> Found:
        row = find(connection, name)
        ways = timeline(connection, row.id, EVERY)
        endpoints = {way.standing.endpoint for way in ways.ways}
        taken_in = select(message.c.sequence, message.c.released_at).where(message.c.subject == row.id)
        return Found(
            row,
            newest(connection, row.id),
            _release_at(connection, row),
            ways,
            {one.sequence: one.released_at for one in connection.execute(taken_in)},
            endpoint_acts(connection, endpoints, row.created_at),
            totals(connection, [way.standing.delivery for way in ways.ways]),
            of_notices(connection, [row.id]),
            duties_of(connection, row.id),
            calendar_of(connection, row.office),
        )

    found = house.store.read(read)
    row = found.row
    office = house.configuration.offices[row.office]
    where = address(house.configuration.public_url + office.path, row.id)
    header = pairs(
        (say("command.label_notice"), row.id),
        (say("command.label_index_number"), row.index_number),
        (say("command.label_kind"), _kind(row.kind)),
        (say("command.label_office"), office.name),
        (say("command.label_state"), _state(row)),
        (say("command.label_released"), minute(row.released_at)),
        (say("schedule.column_at"), minute(found.release_at)),
        (say("command.label_address"), Text(where, style="cyan")),
    )
    clock = held(house)
    ails = ailing(house, {way.standing.endpoint for way in found.timeline.ways})
    answer(
        given,
        {
            "exit": Exit.DONE,
            **_head(found, where),
            **_ways(found),
            "duties": [duty_data(one) for one in found.duties],
            "ailing": [vars(one) for one in ails],
            "clock_doubted_at": clock.doubted_at,
        },
        Text(found.version.title, style="bold"),
        Padding(header, (0, 0, 1, 2), expand=False),
        Text(say("command.heading_acts"), style="bold"),
        Padding(ways.acts(found.timeline.acts), (0, 0, 0, 2), expand=False),
        *duties_told(found.duties, house.clock.now(), found.calendar),
        *ways.shown(found.timeline.ways, found.taken_in, found.touched, found.totals, found.alerted),
        *mended(ails),
        *holds(clock),
    )
    return Exit.DONE


def _release_at(connection: Connection, row: "Row[Any]") -> datetime | None:
    if row.state != State.APPROVED:
        return None
    return next((one.due_at for one in triggers.of_subjects(connection, [row.id])), None)


def _head(found: Found, where: str) -> dict[str, Any]:
    row = found.row
    return {
        "notice": row.id,
        "index_number": row.index_number,
        "title": found.version.title,
        "kind": row.kind,
        "office": row.office,
        "state": row.state,
        "version": row.version,
        "released_at": row.released_at,
        "release_at": found.release_at,
        "address": where,
    }


def _ways(found: Found) -> dict[str, Any]:
    return {
        "acts": [vars(act) for act in found.timeline.acts],
        "deliveries": [
            {
                **as_data(way.standing),
                "taken_in_at": found.taken_in[way.standing.sequence],
                "rendition": way.standing.rendition,
                "push": told and told.state,
                "pushed_at": told and told.at,
                "people": vars(of) if (of := found.totals.get(way.standing.delivery)) else None,
                "tries": [vars(attempt) for attempt in way.attempts],
            }
            for way in found.timeline.ways
            for told in [found.alerted(way)]
        ],
        "endpoint_acts": [
            {"endpoint": endpoint, "acts": [vars(act) for act in acts]} for endpoint, acts in found.touched.items()
        ],
    }


def _kind(name: str) -> str:
    kind = kinds()[name]
    return kind.name_en if language() == "en" else kind.name


def _state(row: "Row[Any]") -> str:
    """Its state, and the number of its newest version."""
    return f"{say(f'outcome.notice_{row.state}')}　{say('command.version_n', number=row.version)}"
