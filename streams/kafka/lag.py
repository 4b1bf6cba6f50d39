"""How far the stages are behind the topics: what stands there and no worker has answered for yet."""

from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CoordinatorNotAvailableError

from config.settings import KafkaTable
from streams.kafka.binding import URGENT
from streams.stages import STAGES

READ = (*(stage.topic for stage in STAGES), URGENT)


def group(table: KafkaTable) -> str:
    """The consumer group of all workers."""
    return f"{table.prefix}stages"


def lag(admin: KafkaAdminClient, table: KafkaTable) -> dict[str, int]:
    """Events behind, by our name of the topic. Raises ``KafkaError``."""
    places = [TopicPartition(table.prefix + name, number) for name in READ for number in range(table.partitions)]
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    done = _answered_for(admin, table)
    behind = dict.fromkeys(READ, 0)
    for place in places:
        start = starts[place].offset
        at = done[place].offset if place in done else start
        behind[place.topic.removeprefix(table.prefix)] += max(0, ends[place].offset - max(at, start))
    return behind


def _answered_for(admin: KafkaAdminClient, table: KafkaTable) -> dict[TopicPartition, OffsetAndMetadata]:
    try:
        return dict(admin.list_group_offsets({group(table): None})[group(table)])
    except CoordinatorNotAvailableError:  # a broker on which there has never been a group
        return {}
