"""Receipts that an outlet posts: each is of one text to one person, found by the outlet's number for it and by his.

Any of them may come late, twice, out of order, beside what the outlet answers when it is asked, or belong to somebody
else. None says anything that is not of a text that stands in ``reached`` already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, tuple_, update

from channels.base import Outcome
from streams.admit import make_due
from streams.reached import report
from streams.recipients import OPEN
from streams.seal import Seal
from streams.store.store import Store, Tx
from streams.store.tables import delivery, part, reached, recipient

ROWS = 500  # receipts in one transaction: bounds how long others wait
YOUNG = timedelta(minutes=5)  # until then the answer to the send may still be on its way into the store

_SENT = (
    select(reached.c.delivery, reached.c.place, reached.c.reference, delivery.c.each, recipient.c.blind)
    .join(delivery, delivery.c.id == reached.c.delivery)
    .join(
        recipient,
        (recipient.c.audience == delivery.c.audience)
        & (recipient.c.edition == delivery.c.edition)
        & (recipient.c.place == reached.c.place),
    )
    .where(delivery.c.endpoint == bindparam("at"), recipient.c.blind.in_(bindparam("blinds", expanding=True)))
)
BY_REFERENCE = _SENT.where(reached.c.reference.in_(bindparam("references", expanding=True)))
BY_MARK = _SENT.where(delivery.c.id.in_(bindparam("deliveries", expanding=True)))
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
class Receipt:
    """回执: what an outlet says of one text to one person. ``mark``: ``<delivery>.<part>``, where it gives it back."""

    number: str = field(repr=False)
    reference: str
    mark: str
    state: Outcome  # DELIVERED, FAILED
    cause: str
    at: datetime


@dataclass(frozen=True)
class Taken:
    """How many are of texts of ours; how many of none, and how many of those are so young that they may yet be."""

    matched: int
    foreign: int
    young: int


def take(store: Store, seal: Seal, endpoint: str, receipts: Iterable[Receipt]) -> Taken:
    """Write down what is said of texts of ``endpoint``; the rest is counted and dropped.

    All of it may be said again: so whoever is told that some are ``young`` lets the outlet repeat the whole.
    Raises ``StoreUnavailable``.
    """
    left, since = iter(receipts), store.clock.now() - YOUNG
    matched, strangers = 0, []
    while some := list(islice(left, ROWS)):
        parts, unknown = store.write(partial(_write_down, seal=seal, endpoint=endpoint, receipts=some))
        if parts:  # apart: a turn locks its lane before it writes of recipients
            store.write(partial(_wake, parts=parts))
        matched += len(some) - len(unknown)
        strangers += unknown
    return Taken(matched, len(strangers), sum(one.at > since for one in strangers))


def _write_down(tx: Tx, *, seal: Seal, endpoint: str, receipts: Sequence[Receipt]) -> tuple[set[Key], list[Receipt]]:
    """The parts that something was said of, and the receipts that are of no text of the endpoint."""
    blinds = {one.number: seal.blind(one.number) for one in receipts}
    of = _Texts(tx.connection, endpoint, blinds)
    found = of.by_reference(receipts)
    found |= of.by_mark([one for one in receipts if one not in found])
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


class _Text(NamedTuple):
    """A text to one person."""

    delivery: str
    place: int
    part: int


class _Texts:
    """The texts of an endpoint to some numbers."""

    def __init__(self, connection: Connection, endpoint: str, blinds: dict[str, str]) -> None:
        self._connection = connection
        self._blinds = blinds
        self._named = {"at": endpoint, "blinds": sorted(set(blinds.values()))}

    def by_reference(self, receipts: Sequence[Receipt]) -> dict[Receipt, _Text]:
        """Those that the outlet's own numbers lead to."""
        wanted = {one.reference for one in receipts if _sound(one.reference)}
        if not wanted:
            return {}
        rows = self._rows(BY_REFERENCE, references=sorted(wanted))
        known = {(row.reference, row.blind): _text(row) for row in rows}
        named = ((one, (one.reference, self._blinds[one.number])) for one in receipts)
        return {one: known[key] for one, key in named if key in known}

    def by_mark(self, receipts: Sequence[Receipt]) -> dict[Receipt, _Text]:
        """Those that our marks lead to, of texts whose number at the outlet we never saw."""
        wanted = {one.mark.rpartition(".")[0] for one in receipts if _sound(one.mark)}
        if not wanted:
            return {}
        rows = [row for row in self._rows(BY_MARK, deliveries=sorted(wanted)) if not row.reference]
        known = {(f"{row.delivery}.{row.place // row.each}", row.blind): _text(row) for row in rows}
        named = ((one, (one.mark, self._blinds[one.number])) for one in receipts)
        return {one: known[key] for one, key in named if key in known}

    def _rows(self, query: Any, **of: Any) -> Sequence[Any]:
        rows: Sequence[Any] = self._connection.execute(query, self._named | of).all()
        return rows


def _text(row: Any) -> _Text:
    return _Text(row.delivery, row.place, row.place // row.each)


def _sound(name: str) -> bool:
    """There is one, and a database can be asked for it."""
    return bool(name) and "\0" not in name


def _wake(tx: Tx, *, parts: set[Key]) -> None:
    """A part that waits for receipts, and has its last one, ends at once: not when it was to be asked after next."""
    heard = tx.connection.execute(HEARD, {"keys": sorted(parts)}).all()
    if heard:
        now = tx.clock.now()
        make_due(tx, {(row.endpoint, row.urgent) for row in heard}, now)
        tx.connection.execute(DUE, {"keys": [(row.delivery, row.number) for row in heard], "now": now})
