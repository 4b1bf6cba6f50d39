"""Topics as a broker of several tells of them."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka.errors import UnknownTopicOrPartitionError

from config.settings import KafkaTable
from streams.kafka import topics
from streams.kafka.topics import ALL, Topic, differences, establish


@pytest.mark.parametrize("told", [{}, {"notices": {}}], ids=["not_named", "without_settings"])
def test_a_broker_that_has_not_heard_of_a_topic_yet_is_asked_again(told: dict[str, Any]) -> None:
    """Whoever meets a ``KafkaError`` at the start goes on, and tries again."""
    table = KafkaTable(servers=("127.0.0.1:9092",), partitions=3)
    kept = {table.prefix + name: settings for name, settings in told.items()}
    admin = SimpleNamespace(describe_configs=lambda *_, **__: {"topic": kept})
    with pytest.raises(UnknownTopicOrPartitionError):
        list(differences(cast(Any, admin), table, {"notices": Topic("id", 3, table.replication)}))


class Slow:
    """A broker that hears of new topics only when it has been asked ``after`` times."""

    def __init__(self, after: int) -> None:
        self.after = after

    def create_topics(self, wanted: dict[str, Any]) -> None:
        """They are made, by another broker."""

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        """Those it has heard of."""
        self.after -= 1
        one = {"error_code": 0, "topic_id": "id", "partitions": [{"replica_nodes": [1]}] * 3}
        return [{"name": name, **one} for name in names] if self.after < 0 else []

    def describe_configs(self, asked: list[Any], **_: Any) -> dict[str, Any]:
        """As they were made."""
        kept = {"retention.ms": "604800000", "cleanup.policy": "delete", "min.insync.replicas": "1"}
        return {"topic": {one.name: {key: {"value": value} for key, value in kept.items()} for one in asked}}


def test_topics_that_were_just_made_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they would count as lost: whoever made them would believe that there are none."""
    table = KafkaTable(servers=("127.0.0.1:9092",), partitions=3)
    assert establish(cast(Any, Slow(after=2)), table).keys() == set(ALL)
    monkeypatch.setattr(topics, "ANSWER", 0)
    with pytest.raises(UnknownTopicOrPartitionError, match="notices"):
        establish(cast(Any, Slow(after=1_000)), table)
