"""Topics as a broker of several tells of them."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka.errors import UnknownTopicOrPartitionError

from config.settings import KafkaTable
from streams.kafka.topics import Topic, differences


@pytest.mark.parametrize("told", [{}, {"notices": {}}], ids=["not_named", "without_settings"])
def test_a_broker_that_has_not_heard_of_a_topic_yet_is_asked_again(told: dict[str, Any]) -> None:
    """Whoever meets a ``KafkaError`` at the start goes on, and tries again."""
    table = KafkaTable(servers=("127.0.0.1:9092",), partitions=3)
    kept = {table.prefix + name: settings for name, settings in told.items()}
    admin = SimpleNamespace(describe_configs=lambda *_, **__: {"topic": kept})
    with pytest.raises(UnknownTopicOrPartitionError):
        list(differences(cast(Any, admin), table, {"notices": Topic("id", 3, table.replication)}))
