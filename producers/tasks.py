"""待办: what lies ready for a person to do: posters to put up, to replace, to take down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from channels.base import Nature, Outcome, load, names
from producers.house import House
from producers.lookup import find
from producers.remark import remark
from streams.confirm import confirm
from streams.store.store import Tx
from streams.store.tables import attempt, delivery, endpoint, part, version


class NoTask(Exception):
    """Nothing of this notice is to be done, or nothing at that endpoint; the text is its name."""


class SeveralTasks(Exception):
    """More than one thing of this notice is to be done: whoever did one names its endpoint."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(name)
        self.candidates = tuple(candidates)  # each endpoint's id and title


@dataclass(frozen=True)
class Task:
    """One thing to do."""

    delivery: str
    notice: str
    title: str
    endpoint: str
    endpoint_title: str
    office: str
    since: datetime
    what: str  # in the language of whoever sent it


def tasks(connection: Connection, office: str | None = None, most: int | None = None) -> list[Task]:
    """The newest first, of one office or of all."""
    return _found(connection, *((endpoint.c.office == office,) if office else ()), most=most)


def do(house: House, name: str, *, where: str, at: str | None, by: str) -> Task:
    """A person did what was to be done of a notice ``at`` an endpoint, the only one unless it is named.

    Raises ``UnknownNotice``, ``AmbiguousNotice``, ``NoTask``, ``SeveralTasks``, ``NotReady`` when somebody else said so
    meanwhile, or ``BadRemark``; then nothing was changed.
    """
    place = remark(where)

    def act(tx: Tx) -> Task:
        row = find(tx.connection, name)
        found = _found(tx.connection, delivery.c.subject == row.id, *((endpoint.c.id == at,) if at else ()))
        if not found:
            raise NoTask(name)
        if len(found) > 1:
            raise SeveralTasks(name, [f"{one.endpoint}（{one.endpoint_title}）" for one in found])
        confirm(tx, house.outlets, found[0].delivery, where=place, by=by)
        return found[0]

    return house.store.write(act)


def _found(connection: Connection, *which: ColumnElement[bool], most: int | None = None) -> list[Task]:
    """What was taken at a wall's endpoint and is the newest of its notice there."""
    by_hand = [name for name in names() if load(name).nature is Nature.HUMAN]
    other = delivery.alias()
    overtaken = exists().where(
        other.c.subject == delivery.c.subject,
        other.c.endpoint == delivery.c.endpoint,
        other.c.subject_sequence > delivery.c.subject_sequence,
    )
    note = (
        select(attempt.c.note)
        .where(attempt.c.delivery == delivery.c.id, attempt.c.outcome == Outcome.ACCEPTED)
        .order_by(attempt.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    title = (
        select(version.c.title)
        .where(version.c.notice == delivery.c.subject)
        .order_by(version.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(delivery, endpoint.c.office, endpoint.c.title.label("at"), title.label("title"), note.label("note"))
        .join(endpoint, endpoint.c.id == delivery.c.endpoint)
        .join(part, part.c.delivery == delivery.c.id)
        .where(endpoint.c.channel.in_(by_hand), ~endpoint.c.pretend, part.c.state == Outcome.ACCEPTED, ~overtaken)
        .where(*which)
        .order_by(delivery.c.planned_at.desc(), delivery.c.endpoint)
        .limit(most)
    )
    return [
        Task(row.id, row.subject, row.title or "", row.endpoint, row.at, row.office, row.planned_at, row.note or "")
        for row in rows
    ]
