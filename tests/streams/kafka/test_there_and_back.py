"""An office moves from the embedded engine to Kafka and back, on one store: nothing is lost, nothing goes out twice."""

from contextlib import closing
from pathlib import Path

import pytest

from streams.embedded import Embedded
from streams.recover import sweep
from tests.streams.hosts import LIMIT, EmbeddedHost
from tests.streams.installation import Installation
from tests.streams.kafka_host import KafkaHost


@pytest.mark.slow
def test_an_office_may_change_its_engine_and_change_it_back(
    tmp_path: Path, postgres_store: str, kafka_server: str, kafka_prefix: str
) -> None:
    here = Installation(tmp_path, postgres_store)
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
        sweep(here.store, here.outlets, limit=LIMIT)
        here.release("d")
        again = Embedded(here.store, here.open_outlets("back"), token="back", dead_letters_in_row=LIMIT, workers=4)
        # d thrice, by plan, follow and owe, and the deliveries of c, which was planned just now, and of d: what the
        # other engine did is not read again
        assert again.run_stages() == 5
        EmbeddedHost(here).settle()
        assert {name: here.states(name) for name in "abcd"} == {
            "a": {"daily": ["delivered", "delivered"]},
            "b": {"daily": ["delivered"]},
            "c": {"daily": ["delivered"]},
            "d": {"daily": ["delivered"]},
        }
        arrived = [(one.subject, one.sequence) for one in here.witness.arrivals]
        assert sorted(arrived) == [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1)]
