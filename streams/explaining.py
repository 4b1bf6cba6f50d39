"""By which day what a matter decided is to be explained: the duty ``explain`` of its decision.

It is decided as the duty is, from everything that was said, and from what people did about the duty: so it makes no
difference whether the stage that keeps duties or the one that plans what is told hears of the decision first.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, select

from notices.begins import begins
from notices.calendar.term import Standing, count
from notices.matter import EXPLAINS, Matter
from notices.owed import stands
from streams.calendars import foreseen
from streams.duties import Owed, owed_in
from streams.history import histories
from streams.outlets import Outlets
from streams.store.tables import duty

EXPLAIN = "explain"  # the row of config/begins.toml


def with_explanation(connection: Connection, matter: Matter, outlets: Outlets) -> Matter:
    """``matter``, knowing by when its decision is to be explained, where it is not yet, or that it needs not be."""
    decision = None if matter.of_kind(EXPLAINS) else matter.decision
    day, none = _asked(connection, matter.office, decision.notice, outlets) if decision else (None, False)
    return replace(matter, explain_by=day, needs_no_explanation=none)


def _asked(connection: Connection, office: str, notice: str, outlets: Outlets) -> tuple[date | None, bool]:
    """The day, None where it owes no explanation, has one, or the term stands still; whether a person said that
    it needs none.
    """
    begin = next(one for one in begins() if one.id == EXPLAIN)
    found = next((stands(begin, told.history) for told in histories(connection, [notice], outlets)), None)
    if found is None or found.end is not None:
        return None, False
    known = _known(connection, notice)
    if known and known.done_at and known.ended_by is None and found.start <= known.start:
        return None, True
    try:
        counted = count(begin.rule, found.start, foreseen(connection, office), known.pauses if known else ())
    except Standing:
        return None, False
    return counted.last, False


def _known(connection: Connection, notice: str) -> Owed | None:
    """The duty as it is kept, where it is already."""
    row = connection.execute(select(duty).where(duty.c.notice == notice, duty.c.begun == EXPLAIN)).first()
    return owed_in(row) if row else None
