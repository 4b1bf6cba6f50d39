"""回执: what an outlet says of one text to one person, and which text that is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from channels.base import Outcome
from streams.seal import Seal
from streams.store.tables import delivery, reached, recipient

# One question at a time, that nothing is left to a database that knows little of its tables: a vendor waits 700 ms for
# our answer. A plan that PostgreSQL keeps compares each recipient of the edition with each of these; so it keeps none.
_BLINDS: BindParameter[str] = bindparam("blinds", expanding=True, literal_execute=True)
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_DELIVERY = (delivery.c.id, delivery.c.audience, delivery.c.edition, delivery.c.each)
_THERE = (delivery.c.endpoint.in_(bindparam("at", expanding=True)), delivery.c.audience.is_not(None))
BY_REFERENCE = (
    select(reached.c.reference.label("name"), *_DELIVERY)
    .join(delivery, delivery.c.id == reached.c.delivery)
    .where(reached.c.reference.in_(_NAMES), *_THERE)
    .distinct()
)
BY_ID = select(delivery.c.id.label("name"), *_DELIVERY).where(delivery.c.id.in_(_NAMES), *_THERE)
PLACES = select(recipient.c.blind, recipient.c.place).where(
    recipient.c.audience == bindparam("of_audience"),
    recipient.c.edition == bindparam("of_edition"),
    recipient.c.blind.in_(_BLINDS),
)
REFERENCES = select(reached.c.place, reached.c.reference).where(
    reached.c.delivery == bindparam("of_delivery"), reached.c.place.in_(bindparam("places", expanding=True))
)

Edition = tuple[str, int]


@dataclass(frozen=True)
class Receipt:
    """What is said. ``mark`` is ours, ``<delivery>.<part>``; empty where the outlet does not give it back."""

    number: str = field(repr=False)
    reference: str
    mark: str
    state: Outcome  # DELIVERED, FAILED
    cause: str
    at: datetime


@dataclass(frozen=True)
class Text:
    """A text to one person."""

    delivery: str
    part: int
    place: int

    def is_of(self, receipt: Receipt, reference: str | None) -> bool:
        """Whether ``receipt`` speaks of it: of the outlet's number for it, or of our mark where that was never seen.

        ``reference`` is that number; None: nothing went to that person.
        """
        return reference == receipt.reference if reference != "" else receipt.mark == f"{self.delivery}.{self.part}"


def texts_of(
    connection: Connection, seal: Seal, endpoints: Collection[str], receipts: Sequence[Receipt]
) -> "dict[Receipt, Text]":
    """The texts of ``endpoints`` that the receipts are of; those of none are left out."""
    blinds = {one.number: seal.blind(one.number) for one in receipts}
    deliveries = _deliveries(connection, endpoints, receipts)
    places = _places(connection, deliveries.values(), blinds.values())
    candidates = [
        (one, Text(row.id, place // row.each, place))
        for one, rows in deliveries.items()
        for row in rows
        if (place := places[row.audience, row.edition].get(blinds[one.number])) is not None
    ]
    references = _references(connection, [text for _, text in candidates])
    return {one: text for one, text in candidates if text.is_of(one, references.get((text.delivery, text.place)))}


def _deliveries(
    connection: Connection, endpoints: Collection[str], receipts: Sequence[Receipt]
) -> "dict[Receipt, list[Row[Any]]]":
    """Those that a receipt may be of."""
    by_reference = _named(connection, BY_REFERENCE, endpoints, [one.reference for one in receipts])
    by_id = _named(connection, BY_ID, endpoints, [_marked(one) for one in receipts])
    return {one: by_reference[one.reference] + by_id[_marked(one)] for one in receipts}


def _named(
    connection: Connection, query: Any, endpoints: Collection[str], names: Iterable[str]
) -> "defaultdict[str, list[Row[Any]]]":
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    sound = {name for name in names if name and "\0" not in name}  # which no database takes
    for row in connection.execute(query, {"at": sorted(endpoints), "names": sorted(sound)}) if sound else ():
        found[row.name].append(row)
    return found


def _marked(receipt: Receipt) -> str:
    return receipt.mark.rpartition(".")[0]


def _places(
    connection: Connection, deliveries: "Iterable[list[Row[Any]]]", blinds: Iterable[str]
) -> Mapping[Edition, Mapping[str, int]]:
    """Where the numbers stand in the editions that these went to."""
    wanted = sorted(set(blinds))
    editions = {(row.audience, row.edition) for rows in deliveries for row in rows}
    return {
        (audience, edition): {
            row.blind: row.place
            for row in connection.execute(PLACES, {"of_audience": audience, "of_edition": edition, "blinds": wanted})
        }
        for audience, edition in editions
    }


def _references(connection: Connection, texts: Iterable[Text]) -> Mapping[tuple[str, int], str]:
    """The outlet's numbers of those texts that went out."""
    places = defaultdict(set)
    for text in texts:
        places[text.delivery].add(text.place)
    return {
        (name, row.place): row.reference
        for name, wanted in places.items()
        for row in connection.execute(REFERENCES, {"of_delivery": name, "places": sorted(wanted)})
    }
