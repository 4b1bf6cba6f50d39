"""Look after the topics: make those that are missing, notice those that were made anew."""

import structlog
from sqlalchemy import delete, insert, select

from config.settings import KafkaTable
from streams.kafka.relay import forget_what_is_done
from streams.kafka.topics import administration, establish
from streams.recover import swept_by_all
from streams.store.store import Store, Tx
from streams.store.tables import topic

log = structlog.get_logger()


def look_after(store: Store, table: KafkaTable) -> None:
    """Topics made anew have lost what they held, and their workers' offsets may skip what comes next.

    Nothing is lost with them: whatever had no effect yet the sweeper finds in the store. Raises ``KafkaError``, or
    ``TopicsDiffer``.
    """
    with administration(table) as admin:
        there = establish(admin, table)
    before = store.read(lambda c: {row.name: row.known_as for row in c.execute(select(topic))})
    if not before:  # an office that comes from the embedded engine need not carry its whole past
        forget_what_is_done(store, store.read(swept_by_all))
    if there == before:
        return
    if renewed := sorted(name for name, known_as in before.items() if there.get(name) != known_as):
        log.warning("topics_made_anew", topics=renewed)
    store.write(lambda tx: _remember(tx, there))


def _remember(tx: Tx, there: dict[str, str]) -> None:
    tx.connection.execute(delete(topic))
    rows = [{"name": name, "known_as": known_as, "since": tx.clock.now()} for name, known_as in there.items()]
    tx.connection.execute(insert(topic), rows)
