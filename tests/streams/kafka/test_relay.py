"""The relay and the topics on a real broker: nothing is skipped, nothing is silently changed."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from sqlalchemy import func, select, update

from config.settings import KafkaTable
from producers.check_broker import broker as check
from streams.admit import slot
from streams.dead_letters import handle_all
from streams.events import Event, NoticeDrafted, decode, event, new_trace
from streams.kafka.binding import body_of
from streams.kafka.known_topics import look_after
from streams.kafka.relay import Relay, waits
from streams.kafka.topics import ALL, TopicsDiffer, administration, establish, look
from streams.stages import STAGES
from streams.store import tables
from streams.store.store import Tx
from tests.parts.kafka import Broker
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation

pytestmark = pytest.mark.slow


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


@pytest.fixture
def relay(here: Installation, table: KafkaTable) -> Iterator[Relay]:
    """A relay whose topics are there."""
    look_after(here.store, table)
    with closing(Relay(here.store, table)) as made:
        yield made


def drafted(here: Installation, subject: str, version: int = 1) -> Event:
    """A word about a notice."""
    said = NoticeDrafted(notice=subject, version=version, office="rsj", kind="t01", by="测试")
    return event(said, clock=here.clock, subject=subject, key=subject, traceparent=new_trace())


def stands(table: KafkaTable, topic: str) -> dict[int, list[Event]]:
    """What stands on a topic, by partition."""
    places = [TopicPartition(table.prefix + topic, number) for number in range(table.partitions)]
    with closing(KafkaConsumer(bootstrap_servers=list(table.servers), enable_auto_commit=False)) as reader:
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        found: dict[int, list[Event]] = {place.partition: [] for place in places}
        while any(reader.position(place) < ends[place] for place in places):
            for place, records in reader.poll(timeout_ms=500).items():
                found[place.partition] += [decode(body_of(one.headers, one.value)) for one in records]
    return found


def test_what_commits_late_is_carried_too(here: Installation, table: KafkaTable, relay: Relay) -> None:
    begun, may_commit = threading.Event(), threading.Event()

    def late(tx: Tx) -> None:
        tx.emit(drafted(here, "late"))
        begun.set()
        may_commit.wait(30)

    with ThreadPoolExecutor(1) as another:
        committing = another.submit(here.store.write, late)
        begun.wait(30)
        here.store.write(lambda tx: tx.emit(drafted(here, "early")))
        assert relay.run_once() == 1, "the younger one, which has a higher position"
        may_commit.set()
        committing.result()
    assert relay.run_once() == 1
    assert relay.run_once() == 0
    carried = [one.subject for every in stands(table, "notices").values() for one in every]
    assert sorted(carried) == ["early", "late"]


def test_what_has_one_key_stays_in_order_and_stands_where_the_database_says(
    here: Installation, table: KafkaTable, relay: Relay
) -> None:
    for version in range(1, 6):
        for subject in ("a", "b", "c", "d"):
            here.store.write(lambda tx, of=subject, at=version: tx.emit(drafted(here, of, at)))  # type: ignore[misc]
    assert relay.run_once() == 20
    assert waits(here.store) == (0, None)
    for partition, every in stands(table, "notices").items():
        assert {slot(one.key) % table.partitions for one in every} <= {partition}
        for subject in {one.subject for one in every}:
            assert [one.data.model_dump()["version"] for one in every if one.subject == subject] == [1, 2, 3, 4, 5]


def test_the_broker_knows_the_relay_and_so_keeps_a_repeat_of_its_own_out(
    here: Installation, table: KafkaTable, relay: Relay
) -> None:
    """Idempotence: for a producer without it the broker keeps no state."""
    here.store.write(lambda tx: tx.emit(drafted(here, "a")))
    assert relay.run_once() == 1
    place = TopicPartition(table.prefix + "notices", slot("a") % table.partitions)
    with administration(table) as admin:
        (known,) = admin.describe_producers([place])[place].active_producers
    assert known.producer_id >= 0
    assert known.last_sequence == 0


def test_what_the_broker_did_not_take_is_carried_later(
    here: Installation, kafka_broker: Broker, kafka_prefix: str
) -> None:
    table = KafkaTable(servers=(kafka_broker.address,), prefix=kafka_prefix)
    look_after(here.store, table)
    here.store.write(lambda tx: tx.emit(drafted(here, "a")))
    with closing(Relay(here.store, table)) as relay:
        kafka_broker.kill()
        with pytest.raises(KafkaError):
            relay.run_once()
        assert waits(here.store)[0] == 1
        kafka_broker.start()
        assert relay.run_once() == 1
    assert [one.subject for every in stands(table, "notices").values() for one in every] == ["a"]


def test_what_follows_one_that_was_not_taken_is_sent_again_behind_it(
    here: Installation, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject, version in (("a", 1), ("a", 2), ("b", 1)):
        here.store.write(lambda tx, of=subject, at=version: tx.emit(drafted(here, of, at)))  # type: ignore[misc]
    refused = iter([True])

    class Future:
        def get(self, timeout: float) -> None:
            if next(refused, False):
                raise KafkaError("the first was not taken")

    sends = Relay._send
    monkeypatch.setattr(Relay, "_send", lambda self, producer, row: sends(self, producer, row) and Future())
    with pytest.raises(KafkaError):
        relay.run_once()
    unrelayed = select(tables.event.c.key).where(tables.event.c.relayed_at.is_(None))
    assert here.store.read(lambda c: list(c.execute(unrelayed).scalars())) == ["a", "a"]
    assert relay.run_once() == 2


def test_an_office_that_comes_from_the_embedded_engine_need_not_carry_its_past(
    here: Installation, table: KafkaTable
) -> None:
    for subject in ("a", "b", "c"):
        here.store.write(lambda tx, of=subject: tx.emit(drafted(here, of)))  # type: ignore[misc]
    third = here.store.read(lambda c: c.execute(select(func.max(tables.event.c.position))).scalar_one())
    for stage in ("plan", "admit", "settle", "follow", "owe"):
        row = {"stage": f"swept/{stage}", "position": third - 1}
        here.store.write(lambda tx, of=row: tx.connection.execute(tables.offset.insert(), of))  # type: ignore[misc]
    look_after(here.store, table)
    assert waits(here.store)[0] == 1, "what no stage is known to have done"
    here.store.write(lambda tx: tx.connection.execute(update(tables.event).values(relayed_at=None)))
    look_after(here.store, table)
    assert waits(here.store)[0] == 3, "the topics are known: nothing is forgotten any more"


def test_topics_are_made_once_and_never_changed(table: KafkaTable) -> None:
    with administration(table) as admin:
        first = establish(admin, table)
        assert set(first) == set(ALL)
        assert establish(admin, table) == first
        other = table.model_copy(update={"partitions": 4, "retention_hours": 1, "compacted": ("notices",)})
        with pytest.raises(TopicsDiffer) as caught:
            establish(admin, other)
        assert f"{table.prefix}notices: partitions 3, configured 4" in str(caught.value)
        assert f"{table.prefix}notices: cleanup.policy delete, configured compact" in str(caught.value)
        assert f"{table.prefix}outcomes: retention.ms 604800000, configured 3600000" in str(caught.value)
        assert establish(admin, table) == first, "nothing was changed"
    told = list(check(other))
    assert {level for level, _ in told} == {"wrong"}
    assert any(f"{table.prefix}notices: partitions 3, configured 4" in text for _, text in told)
    assert [level for level, _ in check(table)] == ["well"]


def test_what_is_set_aside_is_told_on_the_dead_letters_as_the_makers_sdk_reads_it(
    here: Installation, table: KafkaTable, relay: Relay
) -> None:
    (stage,) = [stage for stage in STAGES if stage.name == "plan"]
    here.store.write(lambda tx: handle_all(tx, stage, [("bad", b"{")], here.outlets, LIMIT))
    assert relay.run_once() == 1
    place = TopicPartition(table.prefix + "dead-letters", slot(stage.name) % table.partitions)
    with closing(KafkaConsumer(bootstrap_servers=list(table.servers), enable_auto_commit=False)) as reader:
        reader.assign([place])
        reader.seek_to_beginning(place)
        while not (found := reader.poll(timeout_ms=500)):
            pass
        (record,) = found[place]
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/json", "binary mode: the attributes are headers"
    letter = from_binary_event(KafkaMessage(headers, record.key, record.value))
    assert letter.get_type() == "gongkai.event.set-aside.v1"
    assert (letter.get_subject(), record.key) == ("plan", b"plan")
    said = json.loads(record.value)
    assert {**said, "cause": ""} == {"stage": "plan", "event": "bad", "cause": ""}, "and the data is the value"
    kept = here.store.read(lambda c: c.execute(select(tables.dead_letter)).one())
    assert (kept.event, kept.cause, bytes(kept.body)) == ("bad", said["cause"], b"{")


def test_a_topic_that_was_made_anew_is_noticed(here: Installation, table: KafkaTable) -> None:
    look_after(here.store, table)
    before = here.store.read(lambda c: {row.name: row.known_as for row in c.execute(select(tables.topic))})
    with administration(table) as admin:
        admin.delete_topics([table.prefix + "notices"])
        gone = threading.Event()
        while "notices" in look(admin, table):
            gone.wait(0.05)
    look_after(here.store, table)
    after = here.store.read(lambda c: {row.name: row.known_as for row in c.execute(select(tables.topic))})
    assert {name for name in ALL if before[name] != after[name]} == {"notices"}
