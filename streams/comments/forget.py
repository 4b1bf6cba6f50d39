"""Forget who commented: names and contacts are kept for so many days after the feedback as was promised, and no longer.

The comments themselves stay: they are what the office was told, and what it answered.
"""

from datetime import timedelta

from sqlalchemy import func, select, update

from streams import audit
from streams.comments.tied import fed_back
from streams.store.store import Store, Tx
from streams.store.tables import comment as table

PATIENCE = timedelta(days=1)  # what is due by then is erased: a clock that leaps for a moment erases nothing
WAITING = (
    select(table.c.office, table.c.dossier, func.max(table.c.keep_days).label("keep_days"))
    .add_columns(func.max(table.c.due_since).label("due_since"))
    .where(table.c.personal.is_not(None))
    .group_by(table.c.office, table.c.dossier)
)


def forget(store: Store) -> int:
    """Erase who commented where the feedback is old enough; of how many comments. Cheap when there is nothing to do."""
    if not store.read(lambda c: c.execute(select(table.c.id).where(table.c.personal.is_not(None)).limit(1)).first()):
        return 0
    return store.write(_forget)


def erase(tx: Tx, office: str, dossier: str, *, why: str, by: str) -> int:
    """Erase who commented on a matter, now; of how many comments."""
    these = (table.c.office == office, table.c.dossier == dossier, table.c.personal.is_not(None))
    many = tx.connection.execute(update(table).where(*these).values(personal=None, erased_at=tx.clock.now())).rowcount
    if many:
        detail = {"why": why, "many": many}
        audit.record(tx, office=office, who=by, act="comments.forgotten", subject=dossier, detail=detail)
    return many


def _forget(tx: Tx) -> int:
    now, erased = tx.clock.now(), 0
    for row in tx.connection.execute(WAITING).all():
        feedback = fed_back(tx.connection, row.office, row.dossier)
        is_due = feedback is not None and feedback.released_at + timedelta(days=row.keep_days) <= now
        these = (table.c.office == row.office, table.c.dossier == row.dossier, table.c.personal.is_not(None))
        if is_due and row.due_since is not None and row.due_since <= now:
            if now - row.due_since >= PATIENCE:
                erased += erase(tx, row.office, row.dossier, why=f"{row.keep_days}", by="gongkai")
        elif is_due or row.due_since is not None:
            tx.connection.execute(update(table).where(*these).values(due_since=now if is_due else None))
    return erased
