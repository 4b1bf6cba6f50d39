"""The topics: what they are called, how they must be, and whether they are still the ones we knew."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from config.settings import KafkaTable
from streams.events import TOPICS
from streams.kafka.access import client, what_hinders
from streams.kafka.binding import URGENT

ALL = (*TOPICS, URGENT)
ANSWER = 5_000  # ms for the broker's first answer


class TopicsDiffer(Exception):
    """Topics are there and not as the configuration wants them; the text names each difference. None was changed."""


@dataclass(frozen=True)
class Topic:
    """A topic as the broker has it."""

    known_as: str  # the broker's id: another one after it was made anew
    partitions: int
    copies: int


@contextmanager
def administration(table: KafkaTable) -> Iterator[KafkaAdminClient]:
    """A client for administration. Raises ``KafkaError`` when no broker answers in 5 s: ``ShutOut`` when one does.

    Not for a thread with an event loop.
    """
    hindrance = what_hinders(table)
    if hindrance and hindrance.sure:
        raise hindrance
    try:
        admin = KafkaAdminClient(**client(table), bootstrap_timeout_ms=ANSWER)
    except KafkaError as error:
        raise hindrance or error from None
    try:
        yield admin
    finally:
        with suppress(KafkaError):
            admin.close()


def establish(admin: KafkaAdminClient, table: KafkaTable) -> dict[str, str]:
    """Make the topics that are missing; the broker's id of each, by our name.

    Raises ``TopicsDiffer`` for one that exists and is not as it should be, and ``KafkaError``.
    """
    there = look(admin, table)
    wanted = {table.prefix + name: _wanted(table, name) for name in ALL if name not in there}
    if wanted:
        with suppress(TopicAlreadyExistsError):  # another worker was faster
            admin.create_topics(wanted)
        there = look(admin, table)
    if wrong := list(differences(admin, table, there)):
        raise TopicsDiffer("\n".join(wrong))
    return {name: topic.known_as for name, topic in there.items()}


def look(admin: KafkaAdminClient, table: KafkaTable) -> dict[str, Topic]:
    """The topics that there are, by our name. Raises ``KafkaError``."""
    found = admin.describe_topics([table.prefix + name for name in ALL])
    return {
        one["name"].removeprefix(table.prefix): Topic(
            str(one["topic_id"]), len(one["partitions"]), min(len(part["replica_nodes"]) for part in one["partitions"])
        )
        for one in found
        if one["error_code"] == 0 and one["partitions"]
    }


def differences(admin: KafkaAdminClient, table: KafkaTable, there: dict[str, Topic]) -> Iterator[str]:
    """What is not as the configuration says, a line each. Raises ``KafkaError``."""
    names = [ConfigResource("topic", table.prefix + name) for name in there]
    kept = admin.describe_configs(names, config_filter="all")["topic"] if names else {}
    for name, topic in there.items():
        wanted = _wanted(table, name)
        full = table.prefix + name
        is_so = {"partitions": topic.partitions, "replication": topic.copies}
        should = {"partitions": wanted["num_partitions"], "replication": wanted["replication_factor"]}
        if not wanted["configs"].keys() <= kept.get(full, {}).keys():
            raise UnknownTopicOrPartitionError(full)  # the broker that was asked has not heard of it yet
        for key, value in wanted["configs"].items():
            is_so[key], should[key] = kept[full][key]["value"], value
        for key, value in should.items():
            if is_so[key] != value:
                yield f"{full}: {key} {is_so[key]}, configured {value}"


def _wanted(table: KafkaTable, name: str) -> dict[str, Any]:
    return {
        "num_partitions": table.partitions,
        "replication_factor": table.replication,
        "configs": {
            "retention.ms": str(table.retention_hours * 3_600_000),
            "cleanup.policy": "compact" if name in table.compacted else "delete",
            "min.insync.replicas": str((table.replication + 1) // 2),  # one broker of three may be away
        },
    }
