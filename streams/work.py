"""From a part's row to what its channel is asked to send, or to read back."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from channels.base import Outcome, Recipient, Work
from notices.notice import Message
from streams.lane_rows import BEFORE, DOUBTED, named
from streams.outlets import Endpoint, Outlets
from streams.quotas import used_today
from streams.recipients import recipients


def work_of(connection: Connection, outlets: Outlets, found: Endpoint, row: "Row[Any]") -> Work:
    """The work of a row of ``part`` with its delivery's ``message``, ``parts`` and audience.

    Raises ``KeyError`` when no rendition was approved for it, ``SettingsError`` or ``BadKey`` when it goes to persons
    and there is no key to their numbers.
    """
    said, channel = outlets.said(connection, row.message), outlets.channel(found)
    today, had_today = used_today(connection, found, channel, row, said.message)
    before: tuple[int, ...] = ()
    since = _doubted_since(connection, row)
    if row.subject_sequence > 1:
        named = {"of": found.id, "of_subject": row.subject, "of_sequence": row.subject_sequence}
        before = tuple(connection.execute(BEFORE, named).scalars())
    return Work(
        delivery=row.delivery,
        key=f"{row.delivery}.{row.number}",
        endpoint=found.id,
        endpoint_sequence=row.sequence,
        message=said.message,
        supersedes=before,
        rendition=outlets.rendition(connection, row.message, found.channel, channel.edition),
        released_at=said.released_at,
        first_released_at=said.first_released_at,
        attempt=row.attempts + 1,
        part=row.number,
        parts=row.parts,
        recipients=_recipients(connection, outlets, found, row, said.message, since, had_today),
        doubted_since=since,
        taken=row.state == Outcome.ACCEPTED,
        today=today,
        scratch=json.loads(row.scratch),
    )


def _doubted_since(connection: Connection, row: "Row[Any]") -> datetime | None:
    if row.state != Outcome.UNKNOWN:
        return None
    began: datetime | None = connection.execute(DOUBTED, named(row.delivery, row.number)).scalar()
    return began


def _recipients(
    connection: Connection,
    outlets: Outlets,
    found: Endpoint,
    row: "Row[Any]",
    message: Message,
    doubted_since: datetime | None,
    had_today: Mapping[int, int],
) -> tuple[Recipient, ...]:
    if row.audience is None:
        return ()
    return recipients(
        connection,
        row,
        office=found.office,
        withdraws=message.withdrawal is not None,
        seal=outlets.seal(),
        doubted_since=doubted_since,
        had_today=had_today,
    )
