"""Kafka: the brokers that ``GONGKAI_TEST_KAFKA`` names, else Apache Kafka's own jars, started for this test process.

The address is what clients call bootstrap servers: ``host:port[,host:port]``, without a password.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.parts import LASTING, need
from tests.parts.java import find_java
from tests.parts.leash import leashed, unleash
from tests.parts.maven import find_jars
from tests.parts.server_properties import server_properties

LOGGING = Path(__file__).parent / "kafka-log.properties"
HOW = (
    "set GONGKAI_TEST_KAFKA=host:port or install Java 17 and Maven (Debian: default-jre-headless, maven), 43 MB of jars"
)
JVM = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
PATIENCE = 60  # seconds until a broker that does not start, answer or end fails the test
# Below the ports that systems give to clients: one that calls a broker that is down must not come to own its port.
# Every process has a stretch of its own.
PORTS = (15_000 + number % 17_000 for number in count(os.getpid() * 64))

logging.getLogger("kafka").setLevel(
    logging.ERROR
)  # ten lines a connection, and one for each try at a broker that is down


class Broker:
    """One node, broker and controller, on loopback, in a folder of its own. ``start`` works again after every end.

    A start is 3 s of processor time. On two cores with much else to do: 4 to 6 s until it answers (2 s more the first
    time), 4 to 7 s after SIGTERM, 7 to 9 s after SIGKILL, since its old session must end first. It takes 150 MB, after
    20,000 messages of 1 kB 163 MB.
    """

    def __init__(self, node: int = 1, quorum: Mapping[int, int] | None = None, cluster_id: str | None = None) -> None:
        """``quorum``: the ports of all the cluster's controllers, by node; without it, the node is a whole cluster."""
        self.scratch = tempfile.TemporaryDirectory(prefix="gongkai-kafka-")
        self.folder = Path(self.scratch.name)
        self.node = node
        self.port = free_port()
        self.quorum = quorum or {node: free_port()}
        self.cluster_id = cluster_id or str(uuid4())
        self.reached_at = self.port  # may be another one, of a line that is tampered with
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The same for as long as it lives."""
        return f"127.0.0.1:{self.reached_at}"

    @property
    def pid(self) -> int:
        """Of the broker's process, while it runs."""
        assert self.process is not None, "the broker does not run"
        return self.process.pid

    def start(self) -> None:
        """Start, and wait until it answers and its cluster counts it in."""
        self.launch()
        self.wait_until_answering({self.node})

    def launch(self) -> None:
        """Start, and wait for nothing: of several nodes, none answers before most of them run."""
        assert self.process is None, "the broker runs already"
        settings = self.folder / "server.properties"
        data = self.folder / "data"
        if not data.exists():
            settings.write_text(self.settings(data))
            data.mkdir()
            (data / "bootstrap.checkpoint").write_bytes(self.first_records())
            (data / "meta.properties").write_text(f"version=1\ncluster.id={self.cluster_id}\nnode.id={self.node}\n")
        command = [*_java(self.folder), "kafka.Kafka", settings]
        self.process = leashed(command, self.folder, self.folder / "output.log")

    def settings(self, data: Path) -> str:
        """The text of its ``server.properties``."""
        return server_properties(self.node, self.port, self.quorum, data, self.reached_at)

    def first_records(self) -> bytes:
        """What a new node begins with."""
        return first_records()

    def wait_until_answering(self, nodes: set[int]) -> None:
        """Until it answers that ``nodes`` are up. Raises ``RuntimeError`` with the end of its log when it does not."""
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while not nodes <= self._known_nodes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = "".join(file.read_text()[-5000:] for file in sorted(self.folder.glob("*.log")))
                raise RuntimeError(f"Kafka does not start:\n{log}")
            time.sleep(0.05)

    def _known_nodes(self) -> set[int]:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()  # the client waits for a closed port
            with closing(admin(self.address, patience=2)) as client:
                brokers = client.describe_cluster()["brokers"]
                return {broker["broker_id"] for broker in brokers if not broker["is_fenced"]}
        except (OSError, KafkaError):
            return set()

    def stop(self) -> None:
        """End it in order: SIGTERM."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Let it die: SIGKILL, also when frozen."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        assert self.process is not None, "the broker does not run"
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        unleash(self.process)
        self.process = None

    def freeze(self) -> None:
        """SIGSTOP: its connections stay open, nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def wipe(self) -> None:
        """Kill it if it runs, lose everything: the next start is that of a new, empty cluster at the old address."""
        if self.process:
            self.kill()
        shutil.rmtree(self.folder / "data")
        self.cluster_id = str(uuid4())

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process:
            self.kill()
        self.scratch.cleanup()


class Cluster:
    """``size`` nodes that keep everything on each of them and, being three, go on without any one. Starts in 10 s."""

    def __init__(self, size: int = 3) -> None:
        quorum = {node: free_port() for node in range(1, size + 1)}
        cluster_id = str(uuid4())
        self.brokers = [Broker(node, quorum, cluster_id) for node in quorum]

    @property
    def address(self) -> str:
        """Of all the nodes."""
        return ",".join(broker.address for broker in self.brokers)

    def start(self) -> None:
        """Start, and wait until each node answers and knows all the others."""
        for broker in self.brokers:
            broker.launch()
        for broker in self.brokers:
            broker.wait_until_answering({other.node for other in self.brokers})

    def close(self) -> None:
        """Leave nothing behind."""
        for broker in self.brokers:
            broker.close()


def admin(address: str, patience: float = PATIENCE) -> KafkaAdminClient:
    """A client to administer the brokers at ``address``, to be closed. ``KafkaError`` after ``patience`` seconds."""
    milliseconds = int(patience * 1000)
    return KafkaAdminClient(
        bootstrap_servers=address, bootstrap_timeout_ms=milliseconds, request_timeout_ms=milliseconds
    )


def free_port() -> int:
    """A port that nobody has."""
    for port in PORTS:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError


def find_kafka() -> Path | None:
    """The folder with Kafka's jars, or None where they or a Java to run them cannot be had."""
    return find_java() and find_jars("kafka")


@cache
def first_records(*users: str) -> bytes:
    """What Kafka's own tool puts into a new node: the versions of its features, and ``users`` as its ``--add-scram``
    takes them. It takes a second: asked once.
    """
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch) / "server.properties"
        settings.write_text(server_properties(1, 1, {1: 2}, Path(scratch) / "data"))
        command = [*_java(Path(scratch)), "kafka.tools.StorageTool", "format", "-t", str(uuid4()), "-c", settings]
        for user in users:
            command += ["--add-scram", user]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RuntimeError(f"Kafka cannot format a folder:\n{answer.stdout}{answer.stderr}")
        return (Path(scratch) / "data" / "bootstrap.checkpoint").read_bytes()


def _java(folder: Path) -> list[str | Path]:
    jars = need("kafka", find_kafka(), HOW)
    java = find_java()
    assert java is not None
    logs = [f"-Dbroker.log={folder / 'broker.log'}", f"-Dlog4j2.configurationFile={LOGGING}"]
    return [java, *JVM, *logs, "-cp", f"{jars}/*"]


@contextmanager
def brokers() -> Iterator[str]:
    """The address of brokers; as durable as they come."""
    if address := os.environ.get("GONGKAI_TEST_KAFKA"):
        yield address
        return
    with closing(Broker()) as broker:
        broker.start()
        LASTING.add(broker.pid)
        yield broker.address


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[str]:
    """The address of brokers for every test of this process."""
    with brokers() as address:
        yield address


@pytest.fixture
def kafka_prefix(kafka_server: str) -> Iterator[str]:
    """What the names of this test's topics begin with; those topics are deleted afterwards."""
    prefix = f"test-{uuid4().hex[:12]}-"
    yield prefix
    with closing(admin(kafka_server)) as client:
        if mine := [topic for topic in client.list_topics() if topic.startswith(prefix)]:
            client.delete_topics(mine)


@pytest.fixture
def kafka_broker() -> Iterator[Broker]:
    """A broker of this test's own, to be killed, frozen or wiped."""
    with closing(Broker()) as broker:
        broker.start()
        yield broker


@pytest.fixture
def kafka_cluster() -> Iterator[Cluster]:
    """Three nodes of this test's own."""
    with closing(Cluster()) as cluster:
        cluster.start()
        yield cluster
