"""One worker of the Kafka engine with null outlets: ``python -m benchmarks.kafka_worker url servers prefix name host``.

Says ``ready`` once it has its part of the topics; ends when its input does.
"""

import sys
import tempfile
import threading
from pathlib import Path
from unittest.mock import patch

import structlog

from benchmarks.kafka_plain_host import PlainHost
from benchmarks.outbox import found
from config.clock import SystemClock
from config.settings import KafkaTable
from streams.kafka.engine import KafkaEngine
from streams.kafka.host import Host
from streams.outlets import Outlets
from streams.store.migrate import open_store
from streams.store.postgresql import PostgresStore
from tests.streams.installation import NoHttp, NoSmtp, configuration

HOSTS = {"faust": Host, "aiokafka": PlainHost}
PARTITIONS = 8  # of each topic: two for each of four workers


def main(url: str, servers: str, prefix: str, name: str, host: str) -> None:
    """Work until nobody holds the other end."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    store = open_store(url, SystemClock())
    assert isinstance(store, PostgresStore)
    with tempfile.TemporaryDirectory() as home:
        outlets = Outlets(
            configuration(Path(home)), store, http=NoHttp(), own=NoHttp(), smtp=NoSmtp(), token=f"{name}.1", find=found
        )
        with patch("streams.kafka.engine.Host", HOSTS[host]):
            engine = KafkaEngine(store, outlets, table(servers, prefix), token=f"{name}.1", workers=32, name=name)
        engine.start()
        pause = threading.Event()
        while not engine.host.share().routine:
            pause.wait(0.05)
        print("ready", flush=True)
        sys.stdin.read()
        engine.stop()
        store.close()


def table(servers: str, prefix: str) -> KafkaTable:
    """The topics of an installation of the benchmark."""
    return KafkaTable(servers=tuple(servers.split(",")), prefix=prefix, partitions=PARTITIONS)


if __name__ == "__main__":
    main(*sys.argv[1:])
