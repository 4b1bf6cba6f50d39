"""By which day what a matter decided is to be explained: the duty ``explain`` of its decision.

It is decided as the duty is, from everything that was said, and from what people did about the duty: so it makes no
difference whether the stage that keeps duties or the one that plans what is told hears of the decision first.
"""

from dataclasses import replace

from sqlalchemy import Connection, select

from notices.begins import begins
from notices.calendar.term import Standing, count
from notices.matter import EXPLAINS, Matter, Settled
from notices.owed import stands
from streams.calendars import foreseen
from streams.duties import Owed, owed_in
from streams.history import histories
from streams.outlets import Outlets
from streams.store.tables import duty

EXPLAIN = "explain"  # the row of config/begins.toml


def with_explanation(connection: Connection, matter: Matter, outlets: Outlets) -> Matter:
    """``matter``, knowing by when its decision is to be explained, where it is not yet, or why it needs not be."""
    decision = None if matter.of_kind(EXPLAINS) else matter.decision
    return _asked(connection, matter, decision.notice, outlets) if decision else matter


def _asked(connection: Connection, matter: Matter, notice: str, outlets: Outlets) -> Matter:
    """It has no day where it owes no explanation, has one, or the term stands still."""
    begin = next(one for one in begins() if one.id == EXPLAIN)
    found = next((stands(begin, told.history) for told in histories(connection, [notice], outlets)), None)
    if found is None:
        return matter
    if found.end is not None:
        explained = Settled(found.end.at, found.end.message) if found.end.how == "met" else None
        return replace(matter, settled=explained)
    known = _known(connection, notice)
    if known and known.done_at and known.ended_by is None and found.start <= known.start:
        return replace(matter, needs_no_explanation=True, settled=Settled(known.done_at, known.id))
    rests = known.pauses if known else ()
    try:
        counted = count(begin.rule, found.start, foreseen(connection, matter.office), rests)
    except Standing:
        return replace(matter, rests=rests)
    return replace(matter, rests=rests, explain_by=counted.last)


def _known(connection: Connection, notice: str) -> Owed | None:
    """The duty as it is kept, where it is already."""
    row = connection.execute(select(duty).where(duty.c.notice == notice, duty.c.begun == EXPLAIN)).first()
    return owed_in(row) if row else None
