"""The installation and the host of every test of the stages; each test runs on every engine and store it may have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from config.clock import SystemClock
from streams.store.migrate import open_store
from tests.parts.postgres import database
from tests.streams.hosts import HOSTS, LIMIT, Host
from tests.streams.installation import Installation
from tests.streams.kafka_host import KafkaHost

PAIRS = ("embedded-sqlite", "hostile-sqlite", "hostile-postgresql")
KAFKA = "kafka-postgresql"  # for the conformance suite: what a turn does is no engine's own business


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> str:
    """Engine and store."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_made(postgres_server: str) -> Iterator[str]:
    """The name of a database with a store that nothing was written to, to be copied; see ``tests.stores``."""
    with database(postgres_server) as url:
        open_store(url, SystemClock()).close()
        yield str(make_url(url).database)


@pytest.fixture
def postgres_store(postgres_server: str, postgres_made: str) -> Iterator[str]:
    """A store of this test's own, that nothing was written to."""
    with database(postgres_server, postgres_made) as url:
        yield url


@pytest.fixture
def here(request: pytest.FixtureRequest, pair: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation on an empty store."""
    on_postgres = pair.endswith("postgresql")
    url = request.getfixturevalue("postgres_store") if on_postgres else f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
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
