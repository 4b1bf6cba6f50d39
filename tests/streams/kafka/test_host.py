"""The host on a real broker: a Faust that crashed is replaced, and one that does not end is given up."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import select

from config.settings import KafkaTable
from streams.kafka import host as host_module
from streams.kafka.host import Host
from streams.kafka.known_topics import look_after
from streams.kafka.lag import Standing, lag
from streams.kafka.relay import Relay
from streams.kafka.topics import administration
from streams.store.store import StoreUnavailable
from streams.store.tables import dead_letter
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path, postgres_store: str) -> Iterator[Installation]:
    """An installation on PostgreSQL."""
    made = Installation(tmp_path, postgres_store)
    yield made
    made.store.close()


@pytest.fixture
def table(here: Installation, kafka_server: str, kafka_prefix: str) -> KafkaTable:
    """Topics of this test's own."""
    made = KafkaTable(servers=tuple(kafka_server.split(",")), prefix=kafka_prefix, partitions=3)
    look_after(here.store, made)
    return made


class Watched(Host):
    """Keeps the apps that it made, and their loop."""

    def __init__(self, here: Installation, table: KafkaTable, name: str | None = None) -> None:
        super().__init__(here.store, here.outlets, table, limit=LIMIT, places=True, name=name)
        self.apps: list[Any] = []
        self.shared_out = 0  # how often partitions were given to it

    def _app(self, folder: str) -> Any:
        self.loop = asyncio.get_running_loop()
        self.apps.append(super()._app(folder))
        return self.apps[-1]

    async def _assigned(self, *args: Any, **more: Any) -> None:
        await super()._assigned(*args, **more)
        self.shared_out += 1

    def crash(self) -> None:
        """Let the newest app crash."""
        asyncio.run_coroutine_threadsafe(self.apps[-1].crash(RuntimeError("a fault of Faust")), self.loop).result(30)


def test_a_faust_that_crashed_is_replaced_and_its_events_are_carried(here: Installation, table: KafkaTable) -> None:
    here.endpoint("daily")
    host = Watched(here, table)
    host.start()
    until(lambda: bool(host.share().routine))
    host.crash()
    here.release("a")
    with closing(Relay(here.store, table)) as relay:
        until(lambda: len(host.apps) == 2 and bool(host.share().routine))
        assert relay.run_once() > 0
    until(lambda: here.states("a") == {"daily": ["planned"]})
    assert host.is_alive()
    assert host.stop()


class Deaf(Watched):
    """Its first Faust is given its partitions and hears nothing of them."""

    def _agent(self, stages: Any) -> Any:
        async def waits(_: Any) -> None:
            await asyncio.Event().wait()

        return super()._agent(stages) if self.shared_out else waits


def test_a_faust_that_hears_nothing_though_events_wait_is_replaced(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the broker came back empty: it waits for what will never come, and says nothing of it."""
    monkeypatch.setattr(host_module, "WATCH", 0.2)
    monkeypatch.setattr(host_module, "STILL", 1.0)
    here.endpoint("daily")
    with closing(Relay(here.store, table)) as relay:
        host = Deaf(here, table)
        host.start()
        until(lambda: host.shared_out)
        here.release("a")
        relay.run_once()
        until(lambda: here.states("a") == {"daily": ["planned"]})
    assert len(host.apps) == 2
    assert host.stop()


class Hanging(Watched):
    """The commits of its first Faust end only with it."""

    def _app(self, folder: str) -> Any:
        self._ends = asyncio.Event()
        self._patience = 40.0  # the test cuts it short afterwards; no Faust starts with less than a session
        return super()._app(folder)

    async def _assigned(self, *args: Any, **more: Any) -> None:
        await super()._assigned(*args, **more)
        if len(self.apps) == 1:
            self.apps[0].consumer.commit = self._hangs

    async def _hangs(self, *_: Any, **__: Any) -> None:
        await self._ends.wait()

    async def _end(self, app: Any) -> bool:
        self._ends.set()
        return await super()._end(app)


def test_a_worker_whose_own_commit_hangs_replaces_its_faust_while_the_others_go_on(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "WATCH", 0.2)
    monkeypatch.setattr(host_module, "STILL", 1.0)
    here.endpoint("daily")
    host = Hanging(here, table)
    answers = iter(range(1, 1_000_000))  # somebody answers for something at each look: only this worker stands
    monkeypatch.setattr(host, "_standing", lambda: Standing(behind=7, answered=next(answers)))
    host.start()
    until(lambda: bool(host.share().routine))
    host._patience = 1.0
    with closing(Relay(here.store, table)) as relay, administration(table) as admin:
        here.release("a")
        relay.run_once()
        until(lambda: here.states("a") == {"daily": ["planned"]})
        assert lag(admin, table)["notices"] == 1
        until(lambda: len(host.apps) == 2 and bool(host.share().routine))
        until(lambda: not lag(admin, table)["notices"])
    assert here.states("a") == {"daily": ["planned"]}, "carried again, without effect"
    assert host.stop()


def test_whatever_stands_on_a_topic_is_set_aside_and_the_good_move_on(here: Installation, table: KafkaTable) -> None:
    here.endpoint("daily")
    notices, outcomes = f"{table.prefix}notices", f"{table.prefix}outcomes"
    nested = b"[" * 100_000
    with closing(Relay(here.store, table)) as relay:
        asyncio.run(
            put(
                table,
                (notices, 0, b"{", []),
                (notices, 0, None, []),
                (notices, 1, b"{}", [("ce_specversion", None), ("ce_id", None), ("content-type", None)]),
                (notices, 1, nested, [("ce_specversion", b"1.0"), ("ce_id", b"deep"), ("content-type", b"a/json")]),
                (outcomes, 0, b"1", [("ce_specversion", b"\xff"), ("ce_id", b"\xff\x00"), ("content-type", b"\xff")]),
            )
        )
        host = Watched(here, table)
        host.start()
        here.release("a")
        relay.run_once()
        until(
            lambda: here.states("a") == {"daily": ["planned"]} and len(letters(here)) == 4 * 3 + 1
        )  # four, by each of three stages
    for stage in ("plan", "follow", "owe"):  # each that reads the topic
        assert (stage, "deep", nested) in letters(here)
    assert ("settle", f"{outcomes}/0/0/6b86b273ff34", b"1") in letters(here)
    assert len(host.apps) == 1, "no crash of Faust either"
    assert host.stop()


async def put(table: KafkaTable, *records: tuple[str, int, bytes | None, list[tuple[str, bytes | None]]]) -> None:
    """Put records as they are on topics. aiokafka's producer: the other refuses the header that is null."""
    async with AIOKafkaProducer(bootstrap_servers=table.servers) as producer:
        for topic, partition, value, headers in records:
            await producer.send_and_wait(topic, value=value, key=b"x", headers=headers, partition=partition)


def test_whatever_goes_wrong_with_a_batch_it_is_tried_again_and_faust_goes_on(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.endpoint("daily")
    write, left = here.store.write, [RuntimeError("nobody knows"), StoreUnavailable("it is away")]

    def fails_at_first(act: Any) -> Any:
        if threading.current_thread().name.startswith("stages") and left:
            raise left.pop(0)
        return write(act)

    monkeypatch.setattr(here.store, "write", fails_at_first)
    host = Watched(here, table)
    host.start()
    here.release("a")
    with closing(Relay(here.store, table)) as relay:
        assert relay.run_once() > 0

    def is_carried() -> bool:
        here.clock.advance(host_module.BACK_OFF)
        return here.states("a") == {"daily": ["planned"]}

    until(is_carried)
    assert (left, len(host.apps)) == ([], 1)
    assert host.stop()


def test_it_ends_in_time_with_events_that_nobody_could_acknowledge(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust would wait for them without end; another worker has them."""
    here.endpoint("daily")
    write, tried = here.store.write, threading.Event()

    def is_away(act: Any) -> Any:
        if threading.current_thread().name.startswith("stages"):
            tried.set()
            raise StoreUnavailable("it is away")
        return write(act)

    with monkeypatch.context() as patched:
        patched.setattr(here.store, "write", is_away)
        host = Watched(here, table)
        host.start()
        here.release("a")
        with closing(Relay(here.store, table)) as relay:
            assert relay.run_once() > 0
        assert tried.wait(60)
        begun = time.monotonic()
        assert host.stop(), "within 8 s, with nothing acknowledged"
        assert time.monotonic() - begun < host_module.STOP
    another = Watched(here, table)
    another.start()
    until(lambda: here.states("a") == {"daily": ["planned"]})
    assert another.stop()


def test_it_ends_well_after_a_rebalance_and_leaves_no_folder(
    here: Installation, table: KafkaTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust warns of what is set after it was read; here a warning is an error, and ended the host's thread.

    It makes a folder where the process stands, unless told where: in a container it may not write there.
    """
    stands = tmp_path / "stands"
    stands.mkdir()
    monkeypatch.chdir(stands)
    first, second = Watched(here, table), Watched(here, table)
    first.start()
    until(lambda: len(first.share().routine) == table.partitions)
    second.start()
    until(lambda: 0 < len(second.share().routine) < table.partitions)
    assert first.stop()
    until(lambda: len(second.share().routine) == table.partitions)
    assert second.stop()
    assert list(stands.iterdir()) == []


def test_a_worker_of_a_stable_name_has_its_partitions_again_and_nobody_else_is_troubled(
    here: Installation, table: KafkaTable
) -> None:
    """Static membership: a restart within the session is no rebalance."""
    table = table.model_copy(update={"session_seconds": 15.0})  # on a busy machine too
    first, second = Watched(here, table, "w1"), Watched(here, table, "w2")
    first.start()
    until(lambda: len(first.share().routine) == table.partitions)
    second.start()
    until(lambda: 0 < len(second.share().routine) < table.partitions)
    until(lambda: 0 < len(first.share().routine) < table.partitions)
    mine, troubled = first.share().routine, second.shared_out
    assert first.stop()
    again = Watched(here, table, "w1")
    again.start()
    until(lambda: bool(again.share().routine))
    assert again.share().routine == mine
    assert second.shared_out == troubled
    assert again.stop()
    assert second.stop()


def letters(here: Installation) -> list[tuple[str, str, bytes]]:
    """Stage, event and bytes of each dead letter."""
    rows = here.store.read(lambda c: c.execute(select(dead_letter)).all())
    return [(row.stage, row.event, bytes(row.body)) for row in rows]


def test_a_faust_that_crashed_and_does_not_end_is_given_up(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the process must be started anew; it says so by not being alive."""
    monkeypatch.setattr(host_module, "STOP", 0.5)
    host = Watched(here, table)
    host.start()
    until(lambda: bool(host.share().routine))
    monkeypatch.setattr(host, "_patience", 0.5)
    ends, never = host.apps[-1].stop, asyncio.Event()

    async def hangs() -> None:
        await ends()
        await never.wait()

    host.apps[-1].stop = hangs
    host.crash()
    until(lambda: not host.is_alive())
    assert host.stop()
