"""Receipts that an outlet posts: each is of one text to one person, found by the outlet's number for it and by his.

Any of them may come late, twice, out of order, beside what the outlet answers when it is asked, or belong to somebody
else. None says anything that is not of a text that stands in ``reached`` already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

from sqlalchemy import bindparam, select, tuple_, update

from channels.base import Outcome
from streams.admit import make_due
from streams.reached import report
from streams.receipt import Receipt, texts_of
from streams.recipients import OPEN
from streams.seal import Seal
from streams.store.store import Store, Tx
from streams.store.tables import delivery, part, reached

ROWS = 500  # receipts in one transaction: bounds how long others wait
YOUNG = timedelta(minutes=5)  # until then the answer to the send may still be on its way into the store

_KEYS = tuple_(part.c.delivery, part.c.number).in_(bindparam("keys", expanding=True))
HEARD = (  # of these parts, those of whose recipients nobody is left to hear of
    select(part.c.delivery, part.c.number, part.c.endpoint, part.c.urgent)
    .join(delivery, delivery.c.id == part.c.delivery)
    .where(_KEYS, part.c.state == Outcome.ACCEPTED)
    .where(
        ~select(reached.c.place)
        .where(reached.c.delivery == part.c.delivery, reached.c.state.in_(OPEN))
        .where(reached.c.place.between(part.c.number * delivery.c.each, (part.c.number + 1) * delivery.c.each - 1))
        .exists()
    )
)
DUE = update(part).where(_KEYS, part.c.state == Outcome.ACCEPTED).values(due_at=bindparam("now"))

Key = tuple[str, int]  # of a row of ``part``, or of ``reached``


@dataclass(frozen=True)
class Taken:
    """How many are of texts of ours; how many of none, and how many of those are so young that they may yet be."""

    matched: int
    foreign: int
    young: int


def take(store: Store, seal: Seal, endpoints: Collection[str], receipts: Iterable[Receipt]) -> Taken:
    """Write down what is said of texts of ``endpoints``: those of one account. The rest is counted and dropped.

    All of it may be said again: so whoever is told that some are ``young`` lets the outlet repeat the whole.
    Raises ``StoreUnavailable``.
    """
    left, since = iter(receipts), store.clock.now() - YOUNG
    matched, strangers = 0, []
    while some := list(islice(left, ROWS)):
        parts, unknown = store.write(partial(_write_down, seal=seal, endpoints=endpoints, receipts=some))
        if parts:  # apart: a turn locks its lane before it writes of recipients
            store.write(partial(_wake, parts=parts))
        matched += len(some) - len(unknown)
        strangers += unknown
    return Taken(matched, len(strangers), sum(one.at > since for one in strangers))


def _write_down(
    tx: Tx, *, seal: Seal, endpoints: Collection[str], receipts: Sequence[Receipt]
) -> tuple[set[Key], list[Receipt]]:
    """The parts that something was said of, and the receipts that are of no text of theirs."""
    found = texts_of(tx.connection, seal, endpoints, receipts)
    rows = [
        {
            "delivery": text.delivery,
            "place": text.place,
            "state": one.state,
            "cause": one.cause.replace("\0", ""),
            "reported_at": one.at,
        }
        for one in receipts
        if (text := found.get(one)) is not None
    ]
    if rows:
        report(tx, sorted(rows, key=lambda row: (row["delivery"], row["place"])))
    parts = {(text.delivery, text.part) for text in found.values()}
    return parts, [one for one in receipts if one not in found]


def _wake(tx: Tx, *, parts: set[Key]) -> None:
    """A part that waits for receipts, and has its last one, ends at once: not when it was to be asked after next."""
    heard = tx.connection.execute(HEARD, {"keys": sorted(parts)}).all()
    if heard:
        now = tx.clock.now()
        make_due(tx, {(row.endpoint, row.urgent) for row in heard}, now)
        tx.connection.execute(DUE, {"keys": [(row.delivery, row.number) for row in heard], "now": now})
