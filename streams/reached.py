"""What became of a delivery at each recipient: said once by who sent it, and again by receipts, in any order."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Insert, Integer, Text, bindparam, cast, func, or_, select, update

from channels.base import Outcome
from streams.store.store import Tx
from streams.store.tables import reached

SAID = ("delivery", "state", "reference", "cause", "at", "reported_at")  # what many of a part have in common

_NEWER = or_(
    reached.c.reported_at.is_(None),
    reached.c.reported_at < bindparam("to_reported_at"),
    (reached.c.reported_at == bindparam("to_reported_at")) & (bindparam("to_state") == Outcome.DELIVERED),
)
REPORT = (  # the newest word counts; of two at one instant, that it arrived
    update(reached)
    .where(reached.c.delivery == bindparam("of_delivery"), reached.c.place == bindparam("of_place"), _NEWER)
    .values(
        state=bindparam("to_state"),
        cause=bindparam("to_cause"),
        reported_at=bindparam("to_reported_at"),
    )
)


def tell(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write ``rows`` of ``reached`` down; what a receipt said already stands against what was known at the sending."""
    if not rows:
        return
    rows = sorted(rows, key=itemgetter("delivery", "place"))  # as whoever else writes of them
    common = itemgetter(*SAID)
    alike: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        alike[common(row)].append(row["place"])
    names = [f"to_{name}" for name in SAID]
    named = [dict(zip(names, said, strict=True)) | {"to_places": json.dumps(of)} for said, of in alike.items()]
    tx.connection.execute(_telling(tx), named)
    if reports := [row for row in rows if row["reported_at"] is not None]:
        report(tx, reports)


def _telling(tx: Tx) -> Insert:
    """Of many at once: a statement's parameters for each of them would cost more than their rows."""
    return _into(tx.insert_or_ignore(reached), tx.connection.dialect.name)


@cache
def _into(insert: Insert, dialect: str) -> Insert:
    places = bindparam("to_places", type_=Text)
    listed = func.json_each(places) if dialect == "sqlite" else func.json_array_elements_text(cast(places, JSON))
    place = cast(listed.table_valued("value").c.value, Integer)
    said = [bindparam(f"to_{name}", type_=reached.c[name].type) for name in SAID]
    return insert.from_select(["place", *SAID], select(place, *said).where(place >= 0))  # SQLite wants some condition


def report(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """What receipts say of recipients that were sent to: rows of ``reached``."""
    changed = [
        {
            "of_delivery": row["delivery"],
            "of_place": row["place"],
            "to_state": row["state"],
            "to_cause": row["cause"],
            "to_reported_at": row["reported_at"],
        }
        for row in rows
    ]
    tx.connection.execute(REPORT, changed)


def ended(states: Collection[Outcome]) -> Outcome:
    """How a part ended of whose recipients none is left to send to or to ask after; ``states`` are theirs.

    Nobody of it was to have the message: cancelled.
    """
    order = (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.DELIVERED, Outcome.FAILED, Outcome.REFUSED)
    first = next((state for state in order if state in states), Outcome.CANCELLED)
    return Outcome.ACCEPTED if first is Outcome.UNKNOWN else first
