"""The installation and the host of every test of the stages; each test runs on every engine and store it may have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streams.hosts import HOSTS, LIMIT, Host
from tests.streams.installation import Installation
from tests.streams.kafka_host import KafkaHost

PAIRS = ("embedded-sqlite", "hostile-sqlite", "hostile-postgresql")
KAFKA = "kafka-postgresql"  # for the conformance suite: what a turn does is no engine's own business


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> str:
    """Engine and store."""
    return str(request.param)


@pytest.fixture
def here(request: pytest.FixtureRequest, pair: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation on an empty store."""
    on_postgres = pair.endswith("postgresql")
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
    made = Installation(tmp_path, url)
    yield made
    made.store.close()


@pytest.fixture
def host(request: pytest.FixtureRequest, pair: str, here: Installation) -> Iterator[Host]:
    """The engine."""
    name = pair.split("-")[0]
    if name != "kafka":
        yield HOSTS[name](here)
        return
    server, prefix = request.getfixturevalue("kafka_server"), request.getfixturevalue("kafka_prefix")
    made = KafkaHost(here, server, prefix, LIMIT)
    yield made
    made.close()
