"""The newest notices, each with how it stands on every channel. Reads, never writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from channels.base import Outcome
from notices.notice import State
from producers.standings import Standing, by_channel, of_subjects
from streams import triggers
from streams.store.tables import notice, version


@dataclass(frozen=True)
class Line:
    """One notice and the newest delivery of it at each endpoint."""

    notice: str
    office: str
    kind: str
    index_number: str
    title: str
    state: State
    version: int
    released_at: datetime | None  # None: it is not public yet
    release_at: datetime | None  # when it will be
    standings: tuple[Standing, ...]

    @property
    def channels(self) -> Mapping[str, Outcome]:
        """One outcome a channel."""
        return by_channel(self.standings)


def newest_lines(connection: Connection, office: str | None = None, most: int = 20) -> list[Line]:
    """The newest notices first, of one office or of all; before them those that wait for their instant."""
    rows = connection.execute(
        select(notice, version.c.title)
        .join(version, and_(version.c.notice == notice.c.id, version.c.number == notice.c.version))
        .where(notice.c.state != State.CANCELLED, *((notice.c.office == office,) if office else ()))
        .order_by(notice.c.released_at.is_not(None), notice.c.released_at.desc(), notice.c.id.desc())
        .limit(most)
    ).all()
    stands: dict[str, list[Standing]] = {row.id: [] for row in rows}
    for one in of_subjects(connection, list(stands)):
        stands[one.subject].append(one)
    timed = {one.subject: one.due_at for one in triggers.of_subjects(connection, list(stands))}
    return [
        Line(
            notice=row.id,
            office=row.office,
            kind=row.kind,
            index_number=row.index_number,
            title=row.title,
            state=State(row.state),
            version=row.version,
            released_at=row.released_at,
            release_at=timed.get(row.id) if row.released_at is None else None,
            standings=tuple(stands[row.id]),
        )
        for row in rows
    ]
