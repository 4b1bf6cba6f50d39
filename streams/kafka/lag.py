"""How far the stages are behind the topics: what stands there and no worker has answered for yet."""

from contextlib import suppress
from dataclasses import dataclass

from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)

from config.settings import KafkaTable
from streams.kafka.access import client
from streams.kafka.binding import URGENT
from streams.stages import STAGES

ANSWER = 2_000  # ms
MANY = 1_000  # events behind: some seconds' work, and more than steady traffic ever has on its way
# a broker that has just started, or on which there has never been a group
UNKNOWN = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
READ = (*dict.fromkeys(stage.topic for stage in STAGES), URGENT)  # several stages read one topic


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


@dataclass(frozen=True)
class Standing:
    """How the workers stand: events behind, and how many they have answered for since the topics were made."""

    behind: int
    answered: int


class Progress:
    """Whether the workers are far behind and catching up: then what is old is on its way, and not lost."""

    def __init__(self, table: KafkaTable) -> None:
        self._table = table
        self._admin: KafkaAdminClient | None = None
        self._answered = 0

    def is_made(self) -> bool:
        """True when they are ``MANY`` behind and have answered for more than at the last question; false when nobody
        knows."""
        if (found := self.ask()) is None:
            return False
        before, self._answered = self._answered, found.answered
        return found.behind > MANY and found.answered > before

    def ask(self) -> Standing | None:
        """How they stand; None when nobody knows."""
        try:
            self._admin = self._admin or KafkaAdminClient(
                **client(self._table), bootstrap_timeout_ms=ANSWER, request_timeout_ms=ANSWER
            )
            behind = sum(lag(self._admin, self._table).values())
            answered = sum(one.offset for one in _answered_for(self._admin, self._table).values())
        except Exception:  # whatever the broker says, or does not say: who asks must go on
            self.close()
            return None
        return Standing(behind, answered)

    def close(self) -> None:
        """Let go of the broker."""
        if self._admin is not None:
            with suppress(KafkaError):
                self._admin.close()
            self._admin = None


def _answered_for(admin: KafkaAdminClient, table: KafkaTable) -> dict[TopicPartition, OffsetAndMetadata]:
    try:
        return dict(admin.list_group_offsets({group(table): None})[group(table)])
    except UNKNOWN:
        return {}
