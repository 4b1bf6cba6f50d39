"""An office moves from the embedded engine to Kafka and back, on one store: nothing is lost, nothing goes out twice."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from streams.store.tables import offset
from tests.streams.hosts import LIMIT, EmbeddedHost
from tests.streams.installation import Installation
from tests.streams.kafka_host import KafkaHost


@pytest.mark.slow
def test_an_office_may_change_its_engine_and_change_it_back(
    tmp_path: Path, postgres_url: str, kafka_server: str, kafka_prefix: str
) -> None:
    here = Installation(tmp_path, postgres_url)
    with closing(here.store):
        here.endpoint("daily")
        here.release("a")
        EmbeddedHost(here).settle()
        here.release("b")  # not carried yet
        with closing(KafkaHost(here, kafka_server, kafka_prefix, LIMIT)) as host:
            host.settle()
            here.release("a", number=2)
            host.settle()
            here.release("c")  # nor this one
        here.clock.advance(61)
        EmbeddedHost(here).settle()
        assert {name: here.states(name) for name in "abc"} == {
            "a": {"daily": ["delivered", "delivered"]},
            "b": {"daily": ["delivered"]},
            "c": {"daily": ["delivered"]},
        }
        arrived = [(one.subject, one.sequence) for one in here.witness.arrivals]
        assert sorted(arrived) == [("a", 1), ("a", 2), ("b", 1), ("c", 1)]
        marks = here.store.read(lambda c: {row.stage: row.position for row in c.execute(select(offset))})
        assert marks["plan"] >= marks["swept/plan"] > 0, "it went on from what the other engine had done"
