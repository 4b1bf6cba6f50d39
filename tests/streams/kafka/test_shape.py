"""The shape of the host: what is used of Faust, and what must stay as it is for nothing to be lost in it.

Faust acknowledges what was cancelled, commits over gaps, and serves pages of its own, unless it is held like this.
"""

import ast
import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from faust.types.enums import ProcessingGuarantee
from kafka import KafkaAdminClient, KafkaProducer
from sqlalchemy import Engine, text
from sqlalchemy import event as sql

from channels.base import Answer, Work
from config.settings import KafkaTable
from streams.events import NoticeDrafted, event, new_trace
from streams.kafka.engine import KafkaEngine
from streams.kafka.host import BATCH, QUEUE, Arrived, Host
from streams.kafka.known_topics import look_after
from streams.kafka.lag import lag
from streams.kafka.relay import Relay
from streams.kafka.topics import administration
from streams.store.postgresql import PostgresStore
from streams.store.store import Tx
from tests.source import PRODUCT, ROOT, imported, python_files, tree
from tests.streams.doubles import takes_it
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation
from tests.waiting import until

HOST = ROOT / "streams" / "kafka" / "host.py"
FORBIDDEN = {"take", "take_events", "noack_take", "Table", "GlobalTable", "SetTable", "page", "timer", "crontab"}
FAR = 3  # times a statement's longest: a batch that waits for a lock, then for its statement, then is tried once more
NOWHERE = KafkaTable(servers=("127.0.0.1:1",), prefix="nowhere.")


@pytest.fixture
def here(tmp_path: Path, postgres_store: str) -> Iterator[Installation]:
    """An installation on PostgreSQL."""
    made = Installation(tmp_path, postgres_store)
    yield made
    made.store.close()


@pytest.fixture
def table(kafka_server: str, kafka_prefix: str) -> KafkaTable:
    """Topics of this test's own."""
    return KafkaTable(servers=tuple(kafka_server.split(",")), prefix=kafka_prefix, partitions=3)


# -- as it is written ------------------------------------------------------------------------------


def test_to_leave_faust_is_to_write_one_file_anew() -> None:
    known = {file for file in python_files(*PRODUCT) if {"faust", "mode"} & packages(file)}
    assert known == {HOST}


def packages(file: Path) -> set[str]:
    """What it imports, by the first part of its name."""
    return {module.split(".")[0] for module in imported(file)}


def test_nothing_of_faust_is_used_that_loses_events() -> None:
    """``take`` acknowledges a whole batch when its body fails; tables lost some of 700 at graceful restarts."""
    used = {node.attr for node in ast.walk(tree(HOST)) if isinstance(node, ast.Attribute)}
    assert used & FORBIDDEN == set()


def test_an_agent_waits_for_the_queue_and_for_nothing_else() -> None:
    """One that sleeps or tries again holds up the rebalance of all workers."""
    (agent,) = [node for node in ast.walk(tree(HOST)) if isinstance(node, ast.AsyncFunctionDef) and node.name == "take"]
    waits = [ast.unparse(node.value) for node in ast.walk(agent) if isinstance(node, ast.Await)]
    assert waits == ["self._queue.put(Arrived(stages, stream, event))"]
    loops = [ast.unparse(node.iter) for node in ast.walk(agent) if isinstance(node, ast.For | ast.AsyncFor)]
    assert loops == ["stream.events()"]
    assert not [node for node in ast.walk(agent) if isinstance(node, ast.While | ast.Try | ast.AsyncWith)]


# -- as Faust reads it -----------------------------------------------------------------------------


def test_faust_is_set_up_as_a_carrier(here: Installation, tmp_path: Path) -> None:
    app = Host(here.store, here.outlets, NOWHERE, limit=LIMIT, places=True)._app(str(tmp_path))
    conf: Any = app.conf
    assert conf.processing_guarantee is ProcessingGuarantee.AT_LEAST_ONCE
    assert not app.tables
    assert conf.stream_wait_empty, "else what is under way at a stop is acknowledged"
    assert not conf.web_enabled
    assert not conf.autodiscover
    assert not conf.topic_allow_declare
    assert conf.broker_session_timeout < 15, "seconds until another has the partitions of a dead one"
    assert sorted(app.agents) == ["deliveries", "deliveries-urgent", "notices", "outcomes"]
    assert {agent.concurrency for agent in app.agents.values()} == {1}


def test_no_statement_lasts_so_long_that_a_rebalance_would_wait_for_it(here: Installation, tmp_path: Path) -> None:
    """Members whose transactions outlast the rebalance shut each other out in turn, and nothing is ever committed."""
    app = Host(here.store, here.outlets, NOWHERE, limit=LIMIT, places=True)._app(str(tmp_path))
    asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    query = text("select name, setting::int, unit from pg_settings where name = any(:asked)").bindparams(
        asked=list(asked)
    )
    written = here.store.write(lambda tx: tx.connection.execute(query).all())
    assert {row.unit for row in written} == {"ms"}
    limits = {row.name: row.setting / 1000 for row in written}
    assert set(limits) == set(asked)
    for name, seconds in limits.items():
        assert 0 < seconds * FAR <= app.conf.broker_rebalance_timeout, name
    (statement,) = [
        row.setting / 1000
        for row in here.store.read(lambda c: c.execute(query).all())
        if row.name == "statement_timeout"
    ]
    assert 0 < statement * FAR <= app.conf.broker_rebalance_timeout
    assert QUEUE <= 2 * BATCH, "what is in the queue has to be done before a rebalance ends"


# -- as it runs ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_who_blocks_is_never_on_an_event_loop_and_nobody_listens(
    here: Installation, table: KafkaTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that stands still sends no heartbeat: the worker loses its partitions while it sends."""
    done: dict[str, set[bool]] = {}  # what blocks → whether a loop ran on its thread

    def watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def acts(*args: Any, **more: Any) -> Any:
            done.setdefault(name, set()).add(on_a_loop())
            return act(*args, **more)

        return acts

    def statement(*_: Any) -> None:
        done.setdefault("statement", set()).add(on_a_loop())

    def sends(step: str, work: Work) -> Answer:
        done.setdefault("send", set()).add(on_a_loop())
        return takes_it(step, work)

    monkeypatch.setattr(KafkaProducer, "send", watched("produce", KafkaProducer.send))
    monkeypatch.setattr(KafkaAdminClient, "describe_topics", watched("look", KafkaAdminClient.describe_topics))
    assert isinstance(here.store, PostgresStore)
    here.endpoint("daily")
    here.witness.behaviours["daily"] = sends
    before = listening()
    engine = KafkaEngine(here.store, here.outlets, table, token="t")
    sql.listen(Engine, "before_cursor_execute", statement)
    try:
        engine.start()
        here.release("a")

        def is_sent() -> bool:
            here.clock.advance(0.1)
            return here.states("a") == {"daily": ["delivered"]}

        until(is_sent)
        assert listening() == before, "Faust has no web server of its own"
        assert engine.stop()
    finally:
        sql.remove(Engine, "before_cursor_execute", statement)
    assert done == {name: {False} for name in ("produce", "look", "send", "statement")}


def on_a_loop() -> bool:
    """Whether an event loop runs on this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def listening() -> set[Any]:
    """Where this process listens."""
    found = psutil.Process().net_connections("inet")
    return {one.laddr for one in found if one.status == psutil.CONN_LISTEN}


class Slow(Host):
    """Notes what it took, committed and acknowledged; does nothing before it may."""

    app: Any = None

    def __init__(self, here: Installation, table: KafkaTable) -> None:
        super().__init__(here.store, here.outlets, table, limit=LIMIT, places=True)
        self.may_act = threading.Event()
        self.batches: list[list[Any]] = []
        self.told: list[Any] = []  # "committed", and each event that was acknowledged

    def _app(self, folder: str) -> Any:
        self.app = super()._app(folder)
        return self.app

    async def _batch(self) -> list[Arrived]:
        batch = [replace(one, stream=Acked(one.stream, self.told)) for one in await super()._batch()]
        self.batches.append([one.event for one in batch])
        return batch

    def _act(self, batch: Sequence[Arrived]) -> bool:
        self.may_act.wait(60)
        return super()._act(batch)

    def is_full(self) -> bool:
        """As much is taken from the broker as may be."""
        return hasattr(self, "_queue") and self._queue.full()

    def committed(self, *_: Any) -> None:
        """A transaction of the stages was."""
        if threading.current_thread().name.startswith("stages"):
            self.told.append("committed")


@dataclass(frozen=True)
class Acked:
    """A stream that notes what it is told to acknowledge."""

    stream: Any
    told: list[Any]

    async def ack(self, event: Any) -> None:
        """Acknowledge it."""
        self.told.append(event)
        await self.stream.ack(event)


@pytest.mark.slow
def test_a_batch_is_one_transaction_acknowledged_in_order_once_it_is_committed(
    here: Installation, table: KafkaTable
) -> None:
    """What is acknowledged out of order is committed over a gap, and what stood in the gap is lost."""
    many = QUEUE + 2 * BATCH
    look_after(here.store, table)
    here.store.write(lambda tx: emit(tx, here, many))
    with closing(Relay(here.store, table)) as relay:
        while relay.run_once():
            pass
    host = Slow(here, table)
    sql.listen(Engine, "commit", host.committed)
    try:
        host.start()
        until(host.is_full)
        with administration(table) as admin:
            assert lag(admin, table)["notices"] == many
            assert host.told == [], "nothing is acknowledged while it is not in the database"
            assert host.app.conf.stream_wait_empty, "what is under way is waited for at a rebalance"
            host.may_act.set()
            until(lambda: not lag(admin, table)["notices"])
        assert host.stop()
    finally:
        host.may_act.set()
        sql.remove(Engine, "commit", host.committed)
    assert max(map(len, host.batches)) == BATCH
    assert host.told == [one for batch in host.batches for one in ("committed", *batch)]
    offsets: dict[int, list[int]] = {}
    for batch in host.batches:
        for one in batch:
            offsets.setdefault(one.message.partition, []).append(one.message.offset)
    assert sum(map(len, offsets.values())) == many
    for partition in offsets.values():
        assert partition == list(range(len(partition)))


def emit(tx: Tx, here: Installation, many: int) -> None:
    """So many words, each about another notice."""
    for number in range(many):
        said = NoticeDrafted(notice=f"n{number}", version=1, office="rsj", kind="t01", by="测试")
        made = event(said, clock=here.clock, subject=said.notice, key=said.notice, traceparent=new_trace())
        tx.emit(made)
