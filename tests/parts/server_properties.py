"""Kafka's settings for a node of a test: small, quick to come back, as durable as it comes."""

from collections.abc import Mapping
from pathlib import Path


def server_properties(node: int, port: int, quorum: Mapping[int, int], data: Path, reached_at: int = 0) -> str:
    """The text of ``server.properties``; ``quorum``: controller ports by node. What is not said is as Kafka comes.

    ``reached_at``: the port that clients are told, where it is another one.
    """
    copies, enough = len(quorum), len(quorum) // 2 + 1
    settings = {  # times in milliseconds
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(f"{number}@127.0.0.1:{at}" for number, at in quorum.items()),
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{quorum[node]}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{reached_at or port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        # One partition for each of Kafka's own topics: made at the first use, which waits for them.
        "offsets.topic.num.partitions": 1,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": 1,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        # After SIGKILL a broker is let in again, and given up by the others, only when its old session has ended.
        "broker.heartbeat.interval.ms": 500,
        "broker.session.timeout.ms": 3_000,
        # Small: a few connections, a few messages.
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 4_000_000,
        "log.segment.delete.delay.ms": 1_000,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
