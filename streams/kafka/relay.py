"""The relay: events that were committed go to the broker, in the order of their commitment, each at least once.

An event is marked when the broker has it for good (every copy). So one that commits late, behind younger ones, is
found like any other: nothing is skipped over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError
from sqlalchemy import bindparam, func, select, update

from config.settings import KafkaTable
from streams.admit import slot
from streams.kafka.access import client
from streams.kafka.binding import record_of
from streams.store.store import Store, Tx
from streams.store.tables import event

BATCH = 500  # events in one go
FORGOTTEN = 20_000  # in one go: a transaction is short
ANSWER = 20  # seconds for the broker's answer to one of them

UNRELAYED = (
    select(event.c.position, event.c.id, event.c.topic, event.c.key, event.c.body)
    .where(event.c.relayed_at.is_(None))
    .order_by(event.c.position)
    .limit(BATCH)
)
MARK = update(event).where(event.c.position.in_(bindparam("positions", expanding=True)))


class Relay:
    """Copies the outbox to the topics; one at a time does (see ``streams.kafka.leader``)."""

    def __init__(self, store: Store, table: KafkaTable) -> None:
        self._store = store
        self._table = table
        self._producer: KafkaProducer | None = None

    def run_once(self) -> int:
        """Carry a batch; how many events that was. Raises ``KafkaError`` when the broker did not take all of them."""
        rows = self._store.read(lambda c: c.execute(UNRELAYED).all())
        if rows:
            self._carry(rows)
        return len(rows)

    def close(self) -> None:
        """Let go of the broker."""
        if self._producer is not None:
            self._producer.close(timeout=1)
            self._producer = None

    def _carry(self, rows: Sequence[Any]) -> None:
        if self._producer is None:
            self._producer = _connected(self._table)
        taken: list[int] = []
        behind: set[str] = set()  # keys of which one was not taken: what follows it is sent again, behind it
        failed: KafkaError | None = None
        try:
            sent = [(row, self._send(self._producer, row)) for row in rows]
            self._producer.flush(ANSWER)
            for row, future in sent:
                try:
                    future.get(timeout=ANSWER)
                except KafkaError as error:
                    failed = error
                    behind.add(row.key)
                if row.key not in behind:
                    taken.append(row.position)
        except KafkaError as error:  # no metadata: the broker is away, or a topic is
            failed = error
        if taken:
            self._store.write(lambda tx: _mark(tx, taken))
        if failed is not None:
            self.close()  # what it still holds would come late, behind what is sent again
            raise failed

    def _send(self, producer: KafkaProducer, row: Any) -> Any:
        record = record_of(row)
        return producer.send(
            self._table.prefix + record.topic,
            value=record.value,
            key=record.key,
            headers=record.headers,
            partition=slot(row.key) % self._table.partitions,  # the same that ``lane.slot`` tells the database
        )


def forget_what_is_done(store: Store, position: int) -> None:
    """Before the first topic is used: what every stage has done, up to ``position``, needs no carrying any more."""
    while store.write(lambda tx: _forget(tx, position)) == FORGOTTEN:
        pass


def waits(store: Store) -> tuple[int, datetime | None]:
    """How many events wait for the relay, and since when the oldest does."""
    count = select(func.count(), func.min(event.c.at)).where(event.c.relayed_at.is_(None))
    row = store.read(lambda c: c.execute(count).one())
    return int(row[0]), row[1]


def _forget(tx: Tx, position: int) -> int:
    old = select(event.c.position).where(event.c.relayed_at.is_(None), event.c.position <= position).limit(FORGOTTEN)
    now = tx.clock.now()
    return tx.connection.execute(update(event).where(event.c.position.in_(old)).values(relayed_at=now)).rowcount


def _mark(tx: Tx, positions: list[int]) -> None:
    tx.connection.execute(MARK.values(relayed_at=tx.clock.now()), {"positions": positions})


def _connected(table: KafkaTable) -> KafkaProducer:
    return KafkaProducer(
        **client(table),
        acks="all",
        enable_idempotence=True,
        bootstrap_timeout_ms=5_000,
        max_block_ms=5_000,  # for metadata: a topic that is gone
        request_timeout_ms=8_000,
        delivery_timeout_ms=15_000,
        reconnect_backoff_max_ms=1_000,  # else half a minute passes after the broker is back
        linger_ms=2,
        batch_size=131_072,
    )
