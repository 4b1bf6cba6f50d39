"""What the status page shows: notices, the newest first, each over all outlets, as the store has it at this instant."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from channels.base import Outcome
from config.channels import channel_tables
from config.settings import Configuration
from notices.notice import State
from producers.lookup import address
from producers.standings import Standing, of_subjects
from streams.store.tables import attempt, endpoint, instant, message, micros, notice, version

MARK = re.compile(r"(\d{1,16})\.([\w-]{1,40})", re.ASCII)  # where a page begins: microseconds, then the notice


@dataclass(frozen=True)
class Mark:
    """How one notice stands at one endpoint."""

    standing: Standing
    changed_at: datetime
    behind: bool  # it has not reached the newest text yet, or was not told of it

    @property
    def outcome(self) -> Outcome:
        """Of its newest delivery there."""
        return self.standing.outcome

    @property
    def is_retried(self) -> bool:
        """Waits for another try after one that did not work."""
        return self.outcome is Outcome.PLANNED and self.standing.attempts > 0

    @property
    def is_checked(self) -> bool:
        """Taken, and asked for again later: written, and being read back."""
        return self.outcome is Outcome.ACCEPTED and self.standing.due_at is not None


@dataclass(frozen=True)
class Line:
    """One notice."""

    id: str
    title: str
    kind: str  # id
    index_number: str
    office: str  # id
    office_name: str
    address: str
    version: int
    withdrawn: bool
    state: State
    released_at: datetime | None  # None: it is not public
    marks: tuple[Mark, ...]
    unplanned: bool  # where it goes was not written down yet

    def of(self, channel: str) -> tuple[Mark, ...]:
        """Its marks on one channel."""
        return tuple(mark for mark in self.marks if mark.standing.channel == channel)


@dataclass(frozen=True)
class Page:
    """So many notices, and where the next page begins."""

    lines: tuple[Line, ...]
    channels: tuple[str, ...]  # that have an endpoint, in the order of the table
    older: str
    is_first: bool


def page(connection: Connection, configuration: Configuration, before: str, size: int) -> Page:
    """``size`` notices released before the mark ``before`` of an earlier page; the newest for an empty one.

    Costs the same however many notices there are. Raises ``ValueError`` for a mark that is none.
    """
    rows = _newest(connection, configuration, before, size + 1)
    used = set(connection.execute(select(endpoint.c.channel).distinct()).scalars())
    shown = rows[:size]
    return Page(
        lines(connection, configuration, shown),
        tuple(channel for channel, table in channel_tables().items() if channel in used and not table.get("staff")),
        f"{micros(shown[-1].released_at)}.{shown[-1].id}" if len(rows) > size else "",
        is_first=not before,
    )


def lines(connection: Connection, configuration: Configuration, rows: "Sequence[Row[Any]]") -> tuple[Line, ...]:
    """The lines of rows of ``notice``."""
    names = [row.id for row in rows]
    marks = _marks(connection, {row.id: row.sequence for row in rows})
    titles = connection.execute(
        select(version.c.notice, version.c.title)
        .join(notice, (notice.c.id == version.c.notice) & (notice.c.version == version.c.number))
        .where(notice.c.id.in_(names))
    )
    titled = {row.notice: row.title for row in titles}
    unplanned = set(
        connection.execute(
            select(message.c.subject).where(message.c.subject.in_(names), message.c.planned_at.is_(None))
        ).scalars()
    )
    offices = configuration.offices
    return tuple(
        Line(
            id=row.id,
            title=titled.get(row.id, row.id),
            kind=row.kind,
            index_number=row.index_number,
            office=row.office,
            office_name=offices[row.office].short,
            address=address(configuration.public_url + offices[row.office].path, row.id),
            version=row.version,
            withdrawn=row.state == State.WITHDRAWN,
            state=State(row.state),
            released_at=row.released_at,
            marks=tuple(marks[row.id]),
            unplanned=row.id in unplanned and not marks[row.id],
        )
        for row in rows
    )


def _newest(connection: Connection, configuration: Configuration, before: str, most: int) -> "list[Row[Any]]":
    """From each office by its own index, then the newest of them."""
    found: list[Row[Any]] = []
    for office in configuration.offices:
        wanted = select(notice).where(notice.c.office == office, notice.c.released_at.is_not(None))
        if before:
            then, name = _place(before)
            wanted = wanted.where(
                (notice.c.released_at < then) | ((notice.c.released_at == then) & (notice.c.id < name))
            )
        wanted = wanted.order_by(notice.c.released_at.desc(), notice.c.id.desc()).limit(most)
        found += connection.execute(wanted)
    return sorted(found, key=lambda row: (row.released_at, row.id), reverse=True)[:most]


def _place(before: str) -> tuple[datetime, str]:
    """The instant and the notice that a mark of a page stands for. Raises ``ValueError``."""
    found = MARK.fullmatch(before)
    if found is None:
        raise ValueError(before)
    return instant(int(found[1])), found[2]


def _marks(connection: Connection, newest: dict[str, int]) -> dict[str, list[Mark]]:
    """The marks of notices, of which the newest message's sequence is given."""
    standings = of_subjects(connection, newest)
    tried = _tried(connection, [standing.delivery for standing in standings])
    found: dict[str, list[Mark]] = defaultdict(list)
    for one in standings:
        instants = (one.planned_at, one.settled_at, tried.get(one.delivery))
        changed_at = max(at for at in instants if at is not None)
        found[one.subject].append(Mark(one, changed_at, behind=one.sequence < newest[one.subject]))
    return found


def _tried(connection: Connection, deliveries: Sequence[str]) -> dict[str, datetime]:
    """When something was last tried on each delivery."""
    at = func.max(func.coalesce(attempt.c.ended_at, attempt.c.started_at)).label("at")
    wanted = select(attempt.c.delivery, at).where(attempt.c.delivery.in_(deliveries)).group_by(attempt.c.delivery)
    return {row.delivery: row.at for row in connection.execute(wanted)}
