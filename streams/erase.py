"""Erase: numbers that nobody may keep any more. A list is given up at once, and deleted some numbers at a time."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, select, tuple_, update

from channels.base import Outcome
from streams import audit
from streams.audiences import ROWS, row_of
from streams.store.store import Store, Tx
from streams.store.tables import audience, delivery, edition, part, recipient

PATIENCE = timedelta(days=1)  # an edition that is not complete by then never will be; what is due by then is erased

_NEWER = edition.alias("newer")
_TEXTS = (delivery.c.audience == edition.c.audience, delivery.c.edition == edition.c.number)
_NEEDED = (Outcome.PLANNED, Outcome.SENDING, Outcome.PARKED, Outcome.UNKNOWN)  # to send, or for a person to look into
REPLACED = select(
    edition.c.audience,
    edition.c.number,
    edition.c.due_since,
    audience.c.keep_days,
    select(func.min(_NEWER.c.completed_at))
    .where(_NEWER.c.audience == edition.c.audience, _NEWER.c.number > edition.c.number)
    .scalar_subquery()
    .label("replaced_at"),
    select(func.max(func.coalesce(delivery.c.settled_at, delivery.c.planned_at)))
    .where(*_TEXTS)
    .scalar_subquery()
    .label("last_text"),
    select(part.c.delivery)
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(*_TEXTS, or_(part.c.due_at.is_not(None), part.c.state.in_(_NEEDED)))
    .exists()
    .label("waits"),
).where(
    edition.c.audience == audience.c.id,
    edition.c.completed_at.is_not(None),
    edition.c.erased_at.is_(None),
    select(_NEWER.c.number)
    .where(
        _NEWER.c.audience == edition.c.audience,
        _NEWER.c.number > edition.c.number,
        _NEWER.c.completed_at.is_not(None),
    )
    .exists(),
)
INCOMPLETE = select(edition).where(edition.c.completed_at.is_(None), edition.c.erased_at.is_(None))


def erase(store: Store, name: str, *, why: str, by: str) -> int:
    """Erase every number of the audience, now; how many. Who was reached stays counted, by place.

    From the first moment nothing is sent to them any more. Raises ``UnknownAudience``.
    """

    def act(tx: Tx) -> int:
        of = row_of(tx.connection, name)
        left = select(edition.c.number).where(edition.c.audience == name, edition.c.erased_at.is_(None))
        numbers = tx.connection.execute(left).scalars().all()
        many = sum(_give_up(tx, name, number) for number in numbers)
        detail = {"why": why, "many": many}
        audit.record(tx, office=of.office, who=by, act="audience.erased", subject=name, detail=detail)
        return many

    many = store.write(act)
    _delete(store)
    return many


def forget(store: Store) -> int:
    """Erase the numbers of editions that nobody needs any more; how many numbers.

    That is one that a newer one replaced, that nothing waits for, and whose last text is ``keep_days`` ago; or one
    that was never completed. 个人信息保护法 art. 19 and 47: no longer than the purpose needs. What is due is erased
    a day after it was found to be: a clock that leaps for a moment erases nothing.
    """
    store.write(_due)
    return _delete(store)


def _due(tx: Tx) -> None:
    """Give up what was due a day ago and still is; note what is due by now, and what no longer is."""
    now = tx.clock.now()
    for row in tx.connection.execute(REPLACED).all():
        last = max(row.replaced_at, row.last_text or row.replaced_at)
        is_due = not row.waits and last + timedelta(days=row.keep_days) <= now
        if is_due and row.due_since is not None and timedelta(0) <= now - row.due_since:
            if now - row.due_since >= PATIENCE:
                _give_up(tx, row.audience, row.number)
        elif is_due or row.due_since is not None:
            this = (edition.c.audience == row.audience, edition.c.number == row.number)
            tx.connection.execute(update(edition).where(*this).values(due_since=now if is_due else None))
    for row in tx.connection.execute(INCOMPLETE).all():
        if row.begun_at + PATIENCE <= now:
            _give_up(tx, row.audience, row.number)


def _give_up(tx: Tx, name: str, number: int) -> int:
    """Nobody may use the edition any more; how many numbers are to be deleted."""
    this = (edition.c.audience == name, edition.c.number == number)
    tx.connection.execute(update(edition).where(*this).values(erased_at=tx.clock.now()))
    mine = (recipient.c.audience == name, recipient.c.edition == number)
    return tx.connection.execute(select(func.count()).select_from(recipient).where(*mine)).scalar_one()


def _delete(store: Store) -> int:
    """Delete the numbers of editions that were given up, some at a time: others send meanwhile. How many."""
    deleted = 0
    while some := store.write(_delete_some):
        deleted += some
    return deleted


def _delete_some(tx: Tx) -> int:
    key = (recipient.c.audience, recipient.c.edition, recipient.c.place)
    some = (
        select(*key)
        .join(edition, (edition.c.audience == recipient.c.audience) & (edition.c.number == recipient.c.edition))
        .where(edition.c.erased_at.is_not(None))
        .limit(ROWS)
    )
    return tx.connection.execute(delete(recipient).where(tuple_(*key).in_(some))).rowcount
