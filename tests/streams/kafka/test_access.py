"""A broker that asks who one is, and one that must prove who it is: the way in, and what is said where it is not."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from config.settings import KafkaTable
from producers.check_broker import broker as check
from streams.kafka.access import ShutOut, Unprepared, access
from streams.kafka.engine import KafkaEngine
from streams.kafka.host import Host
from streams.kafka.known_topics import look_after
from streams.kafka.lag import Progress, lag
from streams.kafka.relay import Relay
from streams.kafka.topics import administration
from streams.store.postgresql import PostgresStore
from tests.parts.kafka_secured import PASSWORD, USER, SecuredBroker
from tests.source import ROOT
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    """A broker that asks."""
    with closing(SecuredBroker()) as made:
        made.start()
        yield made


def rights() -> dict[str, list[str]]:
    """Those that docs/kafka.md asks for."""
    guide = (ROOT / "docs" / "kafka.md").read_text("utf-8")
    (line,) = re.findall(r"^  Rights, on topics .+: (.+); on groups .+: (.+)\.$", guide, re.MULTILINE)
    words = {"Describe": "DESCRIBE", "DescribeConfigs": "DESCRIBE_CONFIGS"}
    named = [[words.get(word, word.upper()) for word in one.split(", ")] for one in line]
    return dict(zip(("TOPIC", "GROUP"), named, strict=True))


@pytest.fixture
def here(tmp_path: Path, postgres_url: str, broker: SecuredBroker) -> Iterator[Installation]:
    """An installation on PostgreSQL, with the password in its secrets, allowed on the broker what the guide says."""
    broker.allow(f"{tmp_path.name}.", rights())
    made = Installation(tmp_path, postgres_url)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "kafka").write_text(f"{PASSWORD}\n")
    yield made
    made.store.close()


def by_password(broker: SecuredBroker, home: Path, mechanism: str = "SCRAM-SHA-512", **other: Any) -> KafkaTable:
    """``[kafka]`` of an office that has a user there."""
    known = {"security": "SASL_SSL", "ca": str(broker.ca), "mechanism": mechanism, "user": USER}
    return _table(broker.secured, home, known | other)


def by_certificate(broker: SecuredBroker, home: Path, **other: Any) -> KafkaTable:
    """Of one that has a certificate."""
    known = {"ca": str(broker.ca), "certificate": str(broker.certificate), "key": str(broker.key)}
    return _table(broker.mutual, home, {"security": "SSL", **known, **other})


def _table(server: str, home: Path, known: dict[str, Any]) -> KafkaTable:
    made = {"servers": [server], "prefix": f"{home.name}.", "partitions": 2, **known}
    return KafkaTable.model_validate(made).of(home)


WAYS: dict[str, Callable[[SecuredBroker, Path], KafkaTable]] = {
    "PLAIN": lambda broker, home: by_password(broker, home, "PLAIN"),
    "SCRAM-SHA-512": by_password,
    "certificate": by_certificate,
}


@pytest.mark.parametrize("way", WAYS)
def test_events_travel_there(
    here: Installation, broker: SecuredBroker, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What makes the topics, what relays, what carries and what counts are let in alike."""
    caplog.set_level(logging.INFO)
    table = WAYS[way](broker, here.home)
    here.endpoint("daily")
    look_after(here.store, table)
    host = Host(here.store, here.outlets, table, limit=LIMIT, places=True)
    host.start()
    here.release("a")
    with closing(Relay(here.store, table)) as relay:
        assert relay.run_once() > 0
    until(lambda: here.states("a") == {"daily": ["planned"]})
    with administration(table) as admin:
        until(lambda: not any(lag(admin, table).values()))
    with closing(Progress(table)) as progress:
        assert not progress.is_made(), "nothing is behind"
    assert host.stop()
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(access(table))


def test_a_wrong_password_is_said_and_once_it_is_right_everything_goes_on(
    here: Installation, broker: SecuredBroker
) -> None:
    table, secret = by_password(broker, here.home), here.home / "secrets" / "kafka"
    here.endpoint("daily")
    look_after(here.store, table)
    secret.write_text("another\n")
    with pytest.raises(ShutOut, match="invalid credentials"), administration(table):
        raise AssertionError
    with structlog.testing.capture_logs() as told:
        host = Host(here.store, here.outlets, table, limit=LIMIT, places=True)
        host.start()
        here.release("a")
        until(lambda: bool(told))
        assert host.is_alive()
        secret.write_text(f"{PASSWORD}\n")
        with closing(Relay(here.store, table)) as relay:
            assert relay.run_once() > 0
        until(lambda: here.states("a") == {"daily": ["planned"]})
        assert host.stop()
    warned = [entry for entry in told if entry["log_level"] == "warning"]
    assert [entry["event"] for entry in warned] == ["carrying_failed"], "once, not at every try"
    assert "invalid credentials" in warned[0]["cause"]
    assert "another" not in str(told)


WRONG: dict[str, tuple[Callable[[SecuredBroker, Path], KafkaTable], str]] = {
    "another_authority": (lambda broker, home: by_password(broker, home, ca=""), "local issuer certificate"),
    "another_name": (
        lambda broker, home: by_password(broker, home, servers=[broker.secured.replace("127.0.0.1", "localhost")]),
        "not valid for 'localhost'",
    ),
    "no_such_file": (lambda broker, home: by_password(broker, home, ca="ca.pem"), "ca = 'ca.pem'"),
    "no_secret": (lambda broker, home: by_password(broker, home, secret="other"), "GONGKAI_SECRET_OTHER"),
    "no_user_there": (lambda broker, home: by_password(broker, home, user="nobody"), "invalid credentials"),
    "no_such_key": (lambda broker, home: by_certificate(broker, home, key=str(broker.ca)), "key = "),
    "no_certificate": (
        lambda broker, home: by_certificate(broker, home, certificate="", key=""), "another security than 'SSL'"
    ),
    "in_the_clear": (
        lambda broker, home: _table(broker.secured, home, {}), "another security than 'PLAINTEXT'"
    ),
    "without_user": (
        lambda broker, home: _table(broker.secured, home, {"security": "SSL", "ca": str(broker.ca)}),
        "another security than 'SSL'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_check_says_what_stands_in_the_way(here: Installation, broker: SecuredBroker, what: str) -> None:
    made, why = WRONG[what]
    (level, text), *rest = check(made(broker, here.home))
    assert (level, rest) == ("wrong", [])
    assert why in text
    assert PASSWORD not in text


def test_check_finds_the_way_in(here: Installation, broker: SecuredBroker) -> None:
    assert [level for level, _ in check(by_password(broker, here.home))] == ["well"]


def test_check_warns_of_a_password_in_the_clear(here: Installation, broker: SecuredBroker) -> None:
    """Whatever else is wrong; nothing listens like that here."""
    table = by_password(broker, here.home, "PLAIN", security="SASL_PLAINTEXT", ca="")
    assert [level for level, _ in check(table)] == ["warning", "wrong"]


def test_without_its_secret_nothing_starts(here: Installation, broker: SecuredBroker) -> None:
    (here.home / "secrets" / "kafka").write_text("\n")
    store = here.store
    assert isinstance(store, PostgresStore)
    engine = KafkaEngine(store, here.outlets, by_password(broker, here.home), token="t.1")
    with pytest.raises(Unprepared, match="'kafka' is empty"):
        engine.start()
