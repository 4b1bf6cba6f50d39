"""Leases of starts that ended, on lanes and on shared keys: given back, so that nobody waits until they lapse."""

from datetime import datetime

from sqlalchemy import not_, or_, update

from streams.store.store import Tx
from streams.store.tables import lane, shared


def give_back(tx: Tx, *, station: str = "", but: str | None = None, due_at: datetime | None = None) -> None:
    """Free what starts of ``station`` (empty: of anybody) hold, without what the start ``but`` does.

    A lane is held under a start's token, a shared key under the token and what tells this hold from others. Lanes fall
    due at ``due_at``; without it when their leases would have lapsed.
    """
    for table in (lane, shared):
        former = update(table).where(table.c.holder.is_not(None))
        if station:
            former = former.where(table.c.holder.startswith(f"{station}.", autoescape=True))
        if but is not None:
            ours = or_(table.c.holder == but, table.c.holder.startswith(f"{but}.", autoescape=True))
            former = former.where(not_(ours))
        due = {"due_at": due_at} if table is lane and due_at is not None else {}
        tx.connection.execute(former.values(holder=None, held_until=None, **due))
