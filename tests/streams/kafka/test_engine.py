"""The worker of the Kafka engine as a whole: who ends when, whether its leader looks up, what it takes for lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import KafkaError

from config.settings import KafkaTable
from producers.command.exits import Exit
from streams.kafka import engine as engine_module
from streams.kafka import lag as lag_module
from streams.kafka import leader as leader_module
from streams.kafka.engine import KafkaEngine, NameTaken
from streams.kafka.host import Arrived
from streams.kafka.known_topics import look_after
from streams.kafka.lag import MANY, Progress
from streams.kafka.leader import Leader
from streams.kafka.relay import waits
from streams.kafka.topics import ALL, TopicsDiffer, administration, establish, look
from streams.pulse import Pulse
from streams.store.postgresql import PostgresStore
from tests.faults.province import environment
from tests.journeys.town import NOBODY, furnish
from tests.source import ROOT
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation
from tests.waiting import until

ROUNDS = 20  # of each loop of a leader: in one of them it would have done its work
NOWHERE = KafkaTable(servers=("127.0.0.1:1",), prefix="nowhere.")


@pytest.fixture
def here(tmp_path: Path, postgres_store: str) -> Iterator[Installation]:
    """An installation on PostgreSQL."""
    made = Installation(tmp_path, postgres_store)
    yield made
    made.store.close()


def test_while_faust_is_waited_for_nothing_more_is_sent(here: Installation) -> None:
    """It may take ten seconds to end, and a send that begins in the last of them would be cut off."""
    assert isinstance(here.store, PostgresStore)
    engine = KafkaEngine(here.store, here.outlets, NOWHERE, token="t")

    class Slow:
        def stop(self) -> bool:
            until(lambda: not engine.senders.is_alive())
            return False

    engine.host = Slow()  # type: ignore[assignment]
    engine.senders.start()
    assert engine.senders.is_alive()
    assert not engine.stop()


def test_the_leader_looks_whether_it_still_leads_however_much_there_is_to_relay(here: Installation) -> None:
    assert isinstance(here.store, PostgresStore)
    leader = Leader(here.store, here.outlets, NOWHERE, limit=LIMIT)

    def one_more() -> int:
        here.clock.advance(0.3)
        return 1

    leader._relay = SimpleNamespace(run_once=one_more, close=lambda: None)  # type: ignore[assignment]
    assert leader.relay() == 4
    leader.stop()


def test_two_workers_of_one_name_are_not_let_in(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker would shut out one for the other, in turn and for ever."""
    monkeypatch.setattr(engine_module, "TAKEN", 1.5)
    assert isinstance(here.store, PostgresStore)
    first, second = (
        KafkaEngine(here.store, here.outlets, NOWHERE, token=token, name="worker-1") for token in ("a.1", "b.1")
    )
    first.start()
    try:
        with pytest.raises(NameTaken):
            second.start()
        assert not second.is_alive(), "nothing of it was begun"
    finally:
        first.stop()
    third = KafkaEngine(here.store, here.outlets, NOWHERE, token="c.1", name="worker-1")
    third.start()
    third.stop()


@pytest.fixture
def table(kafka_server: str, kafka_prefix: str) -> KafkaTable:
    """Topics of this test's own."""
    return KafkaTable(servers=tuple(kafka_server.split(",")), prefix=kafka_prefix, partitions=3)


OTHER: list[tuple[dict[str, Any], str]] = [
    ({"partitions": 4}, "partitions 3, configured 4"),
    ({"replication": 3}, "replication 1, configured 3"),
    ({"retention_hours": 1}, "retention.ms 604800000, configured 3600000"),
    ({"compacted": ("notices",)}, "cleanup.policy delete, configured compact"),
]


@pytest.mark.slow
def test_topics_that_are_not_as_configured_stop_the_start_and_stay_as_they_are(
    here: Installation, table: KafkaTable, tmp_path: Path
) -> None:
    assert isinstance(here.store, PostgresStore)
    with administration(table) as admin:
        establish(admin, table)
        before = as_they_are(admin, table)
        for other, difference in OTHER:
            configured = table.model_copy(update=other)
            engine = KafkaEngine(here.store, here.outlets, configured, token="t", name="worker-1")
            with pytest.raises(TopicsDiffer, match=f"{table.prefix}notices: {difference}"):
                start(engine)
            assert as_they_are(admin, table) == before
        said = run_worker(tmp_path / "home", here.url, table.model_copy(update={"partitions": 4}))
        assert as_they_are(admin, table) == before
    assert said.returncode == Exit.CONFIGURATION
    assert f"{table.prefix}outcomes: partitions 3, configured 4" in said.stderr
    assert "nothing was changed" in said.stderr
    assert "Traceback" not in said.stderr


def start(engine: KafkaEngine) -> None:
    """Start it; whatever comes of that, it is ended."""
    try:
        engine.start()
    finally:
        engine.stop()


def as_they_are(admin: KafkaAdminClient, table: KafkaTable) -> Any:
    """The topics with all that is set of each."""
    names = [ConfigResource("topic", table.prefix + name) for name in ALL]
    return look(admin, table), admin.describe_configs(names, config_filter="all")


def run_worker(home: Path, store: str, table: KafkaTable) -> "subprocess.CompletedProcess[str]":
    """``gongkai worker`` on that configuration, until it ends by itself."""
    keys = {"servers": list(table.servers), "prefix": table.prefix, "partitions": table.partitions}
    engine: dict[str, dict[str, Any]] = {
        "installation": {"engine": "kafka", "store": store.replace("+psycopg", "")},
        "kafka": keys,
    }
    furnish(home, NOBODY, [], engine=engine)
    command = [sys.executable, "-c", "from producers.command import main; main()", "worker", "--home", str(home)]
    said = {**environment(), "GONGKAI_LANG": "en"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=said, timeout=60)


@pytest.mark.slow
def test_who_has_not_the_seat_neither_relays_nor_keeps_house(here: Installation, table: KafkaTable) -> None:
    """The relay keeps the order of what has one key only as long as it is alone."""
    assert isinstance(here.store, PostgresStore)
    look_after(here.store, table)
    here.endpoint("daily")
    other = PostgresStore(here.url, here.clock)
    seat = other.seat(leader_module.SEAT)
    seat.ask()
    until(seat.is_ours)
    leader = Leader(here.store, here.outlets, table, limit=LIMIT)
    pulses = {name: Counting() for name in leader.pulses}
    leader.pulses.update(pulses)
    leader.start()
    try:
        here.release("a")
        waiting = waits(here.store)[0]
        assert waiting > 0

        def went_round() -> bool:
            here.clock.advance(2)  # longer than anything of the house may wait
            return min(one.beats for one in pulses.values()) >= ROUNDS

        until(went_round)
        assert waits(here.store)[0] == waiting, "nothing was relayed"
        assert here.states("a") == {}, "nothing was swept, though it is old"
        seat.leave()

        def is_done() -> bool:
            here.clock.advance(0.5)
            return here.states("a") == {"daily": ["planned"]} and not waits(here.store)[0]

        until(is_done)
    finally:
        leader.stop()
        seat.leave()
        other.close()


class Counting(Pulse):
    """A pulse that is counted."""

    beats = 0

    def beat(self) -> None:
        """Once more."""
        self.beats += 1
        super().beat()


def test_what_has_to_be_swept_again_and_again_is_logged_once_a_minute(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(here.store, PostgresStore)
    leader = Leader(here.store, here.outlets, NOWHERE, limit=LIMIT)
    monkeypatch.setattr(leader_module, "sweep", lambda *_, **__: 2)
    monkeypatch.setattr(leader, "_progress", SimpleNamespace(is_made=lambda: False, close=lambda: None))
    with structlog.testing.capture_logs() as told:
        for _second in range(61):
            leader._sweep()
            here.clock.advance(1)
    leader.stop()
    assert [(one["event"], one["found"]) for one in told] == [("swept", 2), ("swept", 120)]


@pytest.mark.parametrize(
    ("behind", "answered", "catches_up"), [(MANY + 1, 7, True), (MANY, 7, False), (MANY + 1, 0, False)]
)
def test_what_is_old_is_on_its_way_only_behind_many_that_move(
    monkeypatch: pytest.MonkeyPatch, behind: int, answered: int, *, catches_up: bool
) -> None:
    """Steady traffic always has some on their way: what a topic lost meanwhile must not wait for a quiet hour."""
    monkeypatch.setattr(lag_module, "KafkaAdminClient", lambda **_: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(lag_module, "lag", lambda *_: {"notices": behind})
    monkeypatch.setattr(lag_module, "_answered_for", lambda *_: {0: SimpleNamespace(offset=answered)})
    assert Progress(NOWHERE).is_made() is catches_up


@pytest.mark.parametrize("failure", [KafkaError("away"), KeyError("a partition that nobody knows")])
def test_whatever_the_broker_says_of_it_the_sweep_goes_on(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fails(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(lag_module, "KafkaAdminClient", lambda **_: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(lag_module, "lag", fails)
    assert Progress(NOWHERE).is_made() is False


def test_two_unreadable_events_at_one_place_are_two() -> None:
    """A topic that comes back empty counts from nought again."""
    names = set()
    for value in (b"{", b"["):
        message = SimpleNamespace(topic="notices", partition=0, offset=0, value=value, headers=None)
        names.add(Arrived((), None, SimpleNamespace(message=message)).carried[0])
    assert len(names) == 2
