"""Forget who commented: names and contacts are kept for so many days after the feedback as was promised, and no longer.

Where none comes any more they count from when that was certain: the withdrawal, the exemption, the filing.
The comments themselves stay: they are what the office was told, and what it answered.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from notices.matter import Matter, Round
from streams import audit
from streams.matters import matter_of
from streams.store.store import Store, Tx
from streams.store.tables import comment as table

PATIENCE = timedelta(days=1)  # what is due by then is erased: a clock that leaps for a moment erases nothing
WAITING = select(table.c.office, table.c.dossier).where(table.c.personal.is_not(None)).distinct()


def forget(store: Store) -> int:
    """Erase who commented where the feedback is old enough; of how many comments. Cheap when there is nothing to do."""
    if not store.read(lambda c: c.execute(select(table.c.id).where(table.c.personal.is_not(None)).limit(1)).first()):
        return 0
    return store.write(_forget)


def erase(tx: Tx, office: str, dossier: str, *, why: str, by: str, of: Round | None = None) -> int:
    """Erase who commented on a matter, or in one round of it, now; of how many comments."""
    gone = update(table).where(*_known(office, dossier, of)).values(personal=None, erased_at=tx.clock.now())
    many = tx.connection.execute(gone).rowcount
    if many:
        detail = {"why": why, "many": many}
        audit.record(tx, office=office, who=by, act="comments.forgotten", subject=dossier, detail=detail)
    return many


def _forget(tx: Tx) -> int:
    erased = 0
    for office, dossier in tx.connection.execute(WAITING).all():
        matter = matter_of(tx.connection, office, dossier)
        erased += sum(_forget_round(tx, matter, one) for one in matter.rounds) if matter else 0
    return erased


def _forget_round(tx: Tx, matter: Matter, of: Round) -> int:
    now, these = tx.clock.now(), _known(matter.office, matter.number, of)
    longest, due_since = tx.connection.execute(
        select(func.max(table.c.keep_days), func.max(table.c.due_since)).where(*these)
    ).one()
    if longest is None:
        return 0
    done = matter.done_with(of)
    is_due = done is not None and done + timedelta(days=longest) <= now
    if is_due and due_since is not None and due_since <= now:
        ripe, why = now - due_since >= PATIENCE, f"{longest}"
        return erase(tx, matter.office, matter.number, why=why, by="gongkai", of=of) if ripe else 0
    if is_due or due_since is not None:
        tx.connection.execute(update(table).where(*these).values(due_since=now if is_due else None))
    return 0


def _known(office: str, dossier: str, of: Round | None) -> tuple[ColumnElement[bool], ...]:
    """The comments, of that round, of which it is kept who made them."""
    since, until = (of.since, of.until) if of else (None, None)
    return (
        table.c.office == office,
        table.c.dossier == dossier,
        table.c.personal.is_not(None),
        *([table.c.received_at >= since] if since else []),
        *([table.c.received_at < until] if until else []),
    )
