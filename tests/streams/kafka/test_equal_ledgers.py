"""One story, told to both engines: publish, correct, an outage, withdraw, poison, a delivery of 100 parts with a

rebalance in the middle. What the ledgers say in the end is the same, row for row.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from channels.base import Answer, TryAgain, Work
from streams.kafka.host import Host as Carrier
from streams.store.tables import attempt, dead_letter, delivery, endpoint, part
from tests.streams.doubles import raises, takes_it
from tests.streams.hosts import LIMIT, EmbeddedHost, Host
from tests.streams.installation import Installation
from tests.streams.kafka_host import KafkaHost
from tests.streams.test_engine_conformance import put, settle_for

PARTS = 100
Ledger = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """On SQLite."""
    made = Installation(tmp_path / "embedded", f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    yield made
    made.store.close()


@pytest.fixture
def on_kafka(tmp_path: Path, postgres_store: str) -> Iterator[Installation]:
    """On PostgreSQL."""
    made = Installation(tmp_path / "kafka", postgres_store)
    yield made
    made.store.close()


@pytest.mark.slow
def test_both_engines_end_with_the_same_ledger(
    embedded: Installation, on_kafka: Installation, kafka_server: str, kafka_prefix: str
) -> None:
    told = tell(embedded, EmbeddedHost(embedded), lambda: None)
    with closing(KafkaHost(on_kafka, kafka_server, kafka_prefix, LIMIT)) as host:
        another = Carrier(on_kafka.store, on_kafka.open_outlets("other"), host.table, limit=LIMIT, places=True)

        def rebalance() -> None:
            another.start()
            host.until(lambda: bool(another.share().routine), "the partitions are shared out anew")

        also_told = tell(on_kafka, host, rebalance)
        another.stop()
    assert [letter[0] for letter in told["letters"]] == ["follow", "owe", "plan"], (
        "each stage that reads the topic sets it aside"
    )
    assert sum("connection refused" in row for row in told["attempts"]) == 3
    assert sum(row[0] == "hotline" for row in told["parts"]) == 4 * PARTS, "four messages, each in so many parts"
    assert also_told == told


def tell(here: Installation, host: Host, rebalance: Callable[[], None]) -> Ledger:
    """The story; what the ledger says at its end."""
    here.endpoint("daily", "keyed")
    here.endpoint("site", "state")
    here.endpoint("hotline", "keyed", parts=PARTS)
    here.endpoint("sms", "irreversible")

    def sends_parts(step: str, work: Work) -> Answer:
        if work.part == PARTS // 2 and work.message.sequence == 1 and work.message.subject == "a":
            rebalance()
        return takes_it(step, work)

    here.witness.behaviours["hotline"] = sends_parts
    first = here.release("a", channels=("keyed", "state", "irreversible"))
    host.settle()
    here.release("a", number=2, channels=("keyed", "state", "irreversible"))
    host.settle()
    here.witness.behaviours["daily"] = raises(*[TryAgain("connection refused")] * 3)  # an outage
    here.release("b", channels=("keyed", "state"))
    settle_for(here, host, 60, step=20)
    here.withdraw(first, sequence=3)
    put(here, {"id": "bad", "topic": "notices", "type": "?", "key": "x", "at": here.clock.now(), "body": b"{"})
    host.settle()
    settle_for(here, host, 60, step=20)
    return here.store.read(ledger)


def ledger(connection: Connection) -> Ledger:
    """Everything that was planned, tried and set aside, without instants and names made up on the way."""
    named = delivery.c.id == part.c.delivery
    subject = (delivery.c.endpoint, delivery.c.subject, delivery.c.subject_sequence)
    asked = {
        "endpoints": select(endpoint.c.id, endpoint.c.sequence, endpoint.c.state),
        "deliveries": select(*subject, delivery.c.sequence, delivery.c.state, delivery.c.cause, delivery.c.rendition),
        "parts": select(*subject, part.c.number, part.c.state, part.c.attempts, part.c.recoveries).where(named),
        "attempts": select(
            *subject, attempt.c.part, attempt.c.number, attempt.c.step, attempt.c.outcome, attempt.c.cause
        ).where(delivery.c.id == attempt.c.delivery),
        "letters": select(dead_letter.c.stage, dead_letter.c.event, dead_letter.c.body, dead_letter.c.state),
    }
    return {name: sorted(tuple(row) for row in connection.execute(query)) for name, query in asked.items()}
