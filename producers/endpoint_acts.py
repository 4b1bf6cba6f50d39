"""What people, and the program, did to endpoints: from the audit log. Reads, never writes."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from producers.timeline import Act
from streams.store.tables import audit


def endpoint_acts(connection: Connection, endpoints: Collection[str], since: datetime) -> dict[str, list[Act]]:
    """By endpoint, as they happened, from the instant ``since`` on."""
    wanted = (
        select(audit)
        .where(audit.c.subject.in_(endpoints), audit.c.act.startswith("endpoint."), audit.c.at >= since)
        .order_by(audit.c.at, audit.c.number)
    )
    found: dict[str, list[Act]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.subject, []).append(Act(row.at, row.who, row.act, json.loads(row.detail)))
    return found
