"""The product's host with plain aiokafka in Faust's place: the alternative of decision 0013, to be measured.

The same stages, batches, transactions and commits in order; no Faust with its agents and streams. It carries while all
is well: what the real one does when broker or store are away is missing.
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from streams.kafka.binding import URGENT
from streams.kafka.host import BATCH, GATHER, PATIENCE, REBALANCE, Arrived, Host
from streams.kafka.lag import group
from streams.stages import STAGES


class PlainHost(Host):
    """Carries as ``Host`` does, and shares as it does."""

    async def _main(self) -> None:
        prefix = self._table.prefix
        read = {name: [stage for stage in STAGES if stage.topic == name] for name in {one.topic for one in STAGES}}
        self._readers = {prefix + name: stages for name, stages in (read | {URGENT: read["deliveries"]}).items()}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=list(self._table.servers),
            group_id=group(self._table),
            group_instance_id=self._name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self._table.session_seconds * 1000),
            heartbeat_interval_ms=int(self._table.session_seconds / 3 * 1000),
            rebalance_timeout_ms=int(REBALANCE * 1000),
        )
        consumer.subscribe(list(self._readers), listener=_Shared(self))
        await consumer.start()
        with ThreadPoolExecutor(1, thread_name_prefix="stages") as writer:
            while not self._ending.is_set():
                await self._carry_on(consumer, writer)
        await consumer.stop()

    async def _carry_on(self, consumer: AIOKafkaConsumer, writer: ThreadPoolExecutor) -> None:
        """One batch, if there is one."""
        self.pulse.beat()
        loop = asyncio.get_running_loop()
        batch = await self._found(consumer, BATCH, wait=0.2)
        if not batch:
            return
        if len(batch) < BATCH:
            await asyncio.sleep(max(GATHER, min(self._took, PATIENCE)))
            batch += await self._found(consumer, BATCH - len(batch), wait=0)
        begun = loop.time()
        if await loop.run_in_executor(writer, self._act, batch):
            self._took = loop.time() - begun
            await consumer.commit()

    async def _found(self, consumer: AIOKafkaConsumer, many: int, wait: float) -> list[Arrived]:
        found = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=many)
        return [
            Arrived(self._readers[place.topic], None, SimpleNamespace(message=record))
            for place, records in found.items()
            for record in records
        ]


class _Shared(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    def __init__(self, host: PlainHost) -> None:
        self._host = host

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._host._revoked(None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._host._assigned(None, assigned)
