"""The host: Faust carries events from the topics to the stages. To leave Faust is to write this file anew.

Faust acknowledges an event however its loop ends, so nothing is left to it: acknowledging is switched off, the agents
only fill a bounded queue, and one task makes what is in it one database transaction, acknowledges in order of arrival
and commits. What is carried twice has no second effect; what is lost on the way the sweeper finds in the store.
"""

import asyncio
import hashlib
import tempfile
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import faust
import structlog
from sqlalchemy import select

from config.settings import KafkaTable
from streams.dead_letters import Carried, handle_all, is_stopped
from streams.kafka.access import access
from streams.kafka.binding import URGENT, body_of, id_of
from streams.kafka.lag import Progress, Standing, group
from streams.kafka.topics import administration, establish
from streams.outlets import Outlets
from streams.pulse import Pulse
from streams.share import Share
from streams.stages import STAGES, Stage
from streams.store.postgresql import TIMEOUT
from streams.store.store import Store, StoreUnavailable, Tx

BATCH = 200  # events in one transaction
QUEUE = 2 * BATCH  # events taken from the broker and not done: what a rebalance may have to wait for
GATHER = 0.02  # seconds at least that a batch is given to grow: one of more events costs hardly more
PATIENCE = 0.1  # seconds at most: as long as the one before took
BACK_OFF = 1.0  # seconds after broker or store failed
LOOK = 0.1  # seconds between two looks whether Faust is well
WATCH = 5.0  # seconds between two looks whether events are answered for at all
STILL = 20.0  # seconds that none may be while some wait: longer than another worker takes to step in for a dead one
STOP = 8.0  # seconds: with the broker away Faust's own stop never ends
REBALANCE = 3 * TIMEOUT / 1000  # seconds a worker may take to let go of its partitions: no statement lasts so long
ANSWER = 3.0  # seconds more for the broker's answer, before its line counts as dead: a rebalance is answered at its end

log = structlog.get_logger()


@dataclass(frozen=True)
class Arrived:
    """An event in the queue, with what acknowledges it."""

    stages: Sequence[Stage]  # those that read its topic
    stream: Any
    event: Any

    @property
    def carried(self) -> Carried:
        """As the stages take it."""
        message = self.event.message
        headers = [(name, text or b"") for name, text in message.headers or ()]  # Kafka lets a header be null
        value = message.value or b""
        # a topic that was emptied counts from nought again: another event stands at the same place then
        place = f"{message.topic}/{message.partition}/{message.offset}/{hashlib.sha256(value).hexdigest()[:12]}"
        return id_of(headers, place), body_of(headers, value)


class Host:
    """Hosts the stages of one worker, on a thread with an event loop of its own."""

    def __init__(
        self, store: Store, outlets: Outlets, table: KafkaTable, *, limit: int, places: bool, name: str | None = None
    ) -> None:
        self._store = store
        self._outlets = outlets
        self._table = table
        self._limit = limit
        self._name = name
        self._progress = Progress(table)
        self._ending = threading.Event()
        self._share = self._nothing = Share(partitions=table.partitions, places=places)
        self._queue: asyncio.Queue[Arrived]
        self._took = 0.0  # seconds, the last batch
        self._told = ""  # the trouble that was logged last
        self._given_up = False
        self._patience = max(REBALANCE, table.session_seconds) + ANSWER
        self.pulse = Pulse()
        self._acting = False  # a batch is with the store: then only its tries are signs of life
        self._committing: float | None = None  # since when this worker waits for the broker to know what is done
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="faust", daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self) -> bool:
        """Carry nothing more. False: Faust did not end within 8 s, as it never does while its broker is away.

        To end the process then is safe: nothing is acknowledged by that.
        """
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(STOP + 2)
        self._progress.close()
        return not self._thread.is_alive()

    def is_alive(self) -> bool:
        """True while it carries, or tries to; not once a Faust that crashed does not end either."""
        return self._thread.is_alive() and not self._given_up

    def share(self) -> Share:
        """The lanes whose partitions are this worker's now."""
        return self._share

    async def _main(self) -> None:
        """Run Faust; when it crashes, another one. Ends when told to, or when Faust does not end."""
        with ThreadPoolExecutor(1, thread_name_prefix="stages") as writer, tempfile.TemporaryDirectory() as folder:
            while not self._ending.is_set():
                self.pulse.beat()
                self._queue = asyncio.Queue(QUEUE)
                app = self._app(folder)
                if await self._begin(app):
                    await self._carry(app, writer)
                if not await self._end(app):
                    self._given_up = True
                    return
                if not self._ending.is_set():
                    await asyncio.sleep(BACK_OFF)

    def _app(self, folder: str) -> "faust.App":
        app = faust.App(
            group(self._table),
            broker=";".join(f"kafka://{server}" for server in self._table.servers),
            broker_session_timeout=self._table.session_seconds,
            broker_heartbeat_interval=self._table.session_seconds / 3,
            broker_rebalance_timeout=REBALANCE,
            broker_request_timeout=self._patience,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=self._name,
            store="memory://",
            datadir=folder,  # nothing comes into it; else Faust makes one where the process stands, or fails to
            web_enabled=False,
            autodiscover=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
        )
        for read in dict.fromkeys(stage.topic for stage in STAGES):
            stages = [stage for stage in STAGES if stage.topic == read]
            for name in (read, URGENT) if read == "deliveries" else (read,):
                topic = app.topic(
                    self._table.prefix + name,
                    key_type=bytes,
                    value_type=bytes,
                    key_serializer="raw",
                    value_serializer="raw",
                )
                app.agent(topic, name=name, concurrency=1)(self._agent(stages))
        app.on_partitions_assigned.connect(self._assigned, weak=False)
        app.on_partitions_revoked.connect(self._revoked, weak=False)
        return app

    def _agent(self, stages: Sequence[Stage]) -> Any:
        async def take(stream: Any) -> None:
            stream.enable_acks = False
            async for event in stream.events():
                await self._queue.put(Arrived(stages, stream, event))

        return take

    async def _assigned(self, _: Any, /, *args: Any, **__: Any) -> None:
        held: dict[str, set[int]] = defaultdict(set)
        for partition in args[0]:
            held[partition.topic.removeprefix(self._table.prefix)].add(partition.partition)
        self._share = Share(
            frozenset(held["deliveries"]), frozenset(held[URGENT]), self._table.partitions, self._nothing.places
        )
        log.info("partitions_assigned", topics={name: sorted(held[name]) for name in sorted(held)})

    async def _revoked(self, _: Any, /, *__: Any, **___: Any) -> None:
        self._share = self._nothing

    async def _begin(self, app: "faust.App") -> bool:
        """Start; False when that failed. Faust itself tries once only, and misses topics that come later."""
        try:
            await asyncio.to_thread(self._establish)
            app.conf.broker_credentials = await asyncio.to_thread(_credentials, self._table)
            await app.start()
        except Exception as error:  # the broker is away, or the topics differ; whatever it is, it may pass
            self._tell("carrying_failed", error)
            return False
        self._told = ""
        return True

    def _establish(self) -> None:
        with administration(self._table) as admin:
            establish(admin, self._table)

    async def _carry(self, app: "faust.App", writer: ThreadPoolExecutor) -> None:
        """Until the end, or until something is wrong with Faust."""
        self._committing = None
        flushing, watching = asyncio.create_task(self._flush(app, writer)), asyncio.create_task(self._watch())
        while not self._ending.is_set() and not app.crashed and not flushing.done() and not watching.done():
            if not self._acting:
                self.pulse.beat()
            await asyncio.wait([flushing, watching], timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            log.warning("carrying_stands_still")
        flushing.cancel()
        watching.cancel()
        await asyncio.wait([flushing, watching])
        if not flushing.cancelled() and (error := flushing.exception()):
            self._tell("carrying_failed", error)
        elif app.crashed:
            self._tell("carrying_failed", app.crash_reason)

    async def _watch(self) -> None:
        """Ends when events have stood on the topics for a while and no worker has answered for any, or when a commit of
        this one hangs for longer than an answer may take; not while broker or store cannot be asked.

        A Faust that joins while the topics are away is given no partition, and asks for none when they are there
        again; one whose topic was emptied waits for an offset that is far ahead. Neither says so. A commit that hangs
        holds up the partitions of one worker, while those of the others move.
        """
        loop = asyncio.get_running_loop()
        last, since = None, loop.time()
        while loop.time() - since < STILL:
            await asyncio.sleep(WATCH)
            found = await asyncio.to_thread(self._standing)
            hangs = self._committing is not None and loop.time() - self._committing > self._patience + STILL
            if hangs and found is not None:
                return
            if found is None or found.behind == 0 or last is None or found.answered != last.answered:
                since = loop.time()
            last = found

    def _standing(self) -> Standing | None:
        """None when broker or store cannot be asked: what waits for them stands still for good reason."""
        try:
            self._store.read(lambda c: c.execute(select(1)).scalar())
        except StoreUnavailable:
            return None
        return self._progress.ask()

    async def _end(self, app: "faust.App") -> bool:
        """Stop Faust; False when it does not end. Cancelling it is of no use: it swallows that.

        It would wait without end for the events that were not acknowledged, and nobody acknowledges any by now.
        While it runs it must wait for them: at a rebalance. On a line that only seems open it waits for an answer, and
        is let: to replace it spares the process. Not where that is to end.
        """
        self._share = self._nothing
        # past Faust's own check, which warns of a setting that was read before, as this one is at each rebalance
        object.__setattr__(app.conf, "stream_wait_empty", False)
        stopping = asyncio.create_task(app.stop())
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while not stopping.done() and loop.time() - begun < (STOP if self._ending.is_set() else STOP + self._patience):
            self.pulse.beat()
            await asyncio.wait([stopping], timeout=LOOK)
        if not stopping.done():
            log.warning("faust_does_not_end", seconds=round(loop.time() - begun))
            return False
        if error := stopping.exception():
            self._tell("carrying_failed", error)
        return True

    async def _flush(self, app: "faust.App", writer: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._batch()
            self._acting, begun = True, loop.time()
            try:
                if not await loop.run_in_executor(writer, self._act, batch):
                    return
            finally:
                self._acting = False
            self._took = loop.time() - begun
            for arrived in batch:  # in order: Faust commits up to the highest that it was told of
                await arrived.stream.ack(arrived.event)
            self._committing = loop.time()
            await app.consumer.commit()
            self._committing = None

    async def _batch(self) -> list[Arrived]:
        batch = [await self._queue.get()]
        if self._queue.qsize() < BATCH:
            await asyncio.sleep(max(GATHER, min(self._took, PATIENCE)))
        while len(batch) < BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    def _act(self, batch: "Sequence[Arrived]") -> bool:
        """Everything the stages do with a batch, in one transaction; False when the end came before that was done."""
        mine: dict[str, list[Carried]] = defaultdict(list)
        for arrived in batch:
            for stage in arrived.stages:
                mine[stage.name].append(arrived.carried)
        while not self._ending.is_set():
            self.pulse.beat()
            try:
                self._store.write(lambda tx: self._run(tx, mine))
            except Exception as error:  # the store is away; or whatever it was, the partitions must not stand still
                self._tell("carrying_waits", error)
                self._store.clock.wait(self._ending, BACK_OFF)
            else:
                self._told = ""
                return True
        return False

    def _run(self, tx: Tx, mine: dict[str, list[Carried]]) -> None:
        """A stage whose line stands still lets its events pass: they come back from the store when it goes on."""
        for stage in STAGES:
            if mine[stage.name] and not is_stopped(tx, stage):
                done = handle_all(tx, stage, mine[stage.name], self._outlets, self._limit)
                if done < len(mine[stage.name]):
                    log.error("line_stopped", stage=stage.name)

    def _tell(self, what: str, error: BaseException | None) -> None:
        """Log a trouble once, not as often as it is met."""
        cause = f"{type(error).__name__}: {str(error)[:500]}"
        if cause != self._told:
            self._told = cause
            log.warning(what, cause=cause)


def _credentials(table: KafkaTable) -> "faust.types.auth.CredentialsT | None":
    """How Faust is let in. Raises ``Unprepared``."""
    known = access(table)
    if known.user is None:
        return faust.SSLCredentials(known.context) if known.context else None
    return faust.SASLCredentials(
        username=known.user, password=known.password, mechanism=known.mechanism, ssl_context=known.context
    )
