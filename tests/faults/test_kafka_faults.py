"""Faults on a real broker: nothing is lost, nothing doubled, order kept, and it all goes on within seconds.

The partners are the witness: a process of its own that keeps its own file. Per commit each fault happens once; the
soak makes it happen again and again, and last longer.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.ledger import check
from tests.faults.province import PATIENCE, WEB, Province, away, database
from tests.faults.proxy import Proxy
from tests.faults.rig import partners
from tests.parts.kafka import Broker, Cluster
from tests.waiting import until

SOAK = "GONGKAI_SOAK" in os.environ
NOTICES = 200 if SOAK else 4  # before, during and after each fault
DRAINED = 3_600.0 if SOAK else PATIENCE  # seconds until what was published before is out
FEW = 4  # where it is timed how soon others step in, not how much they can carry
AWAY = 60.0 if SOAK else 8.0  # seconds a broker is gone
GONE = 30.0 if SOAK else 4.0  # seconds the database is gone
FROZEN = 14.0  # seconds a worker stands still: longer than a lease
ROUNDS = 20 if SOAK else 2
RESUMED = 15.0  # seconds, DESIGN §3.2
SLOW = 60.0  # seconds, where each piece that the line carries takes a fifth of one
ENDED = 20.0  # seconds
LINES = 150  # of a process's log for one fault

pytestmark = [pytest.mark.timeout(7_200), pytest.mark.slow]
WORKERS = ("w1", "w2")
EVERYBODY = (WEB, *WORKERS)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker of these tests' own."""
    with closing(Broker()) as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def province(broker: Broker, postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """An installation whose processes run."""
    folder = tmp_path_factory.mktemp("province")
    with partners(folder / "partners") as at, database(postgres_server) as store:
        made = Province(folder / "homes", at, store, broker.address, "faults.")
        with closing(made):
            for name in EVERYBODY:
                made.start(name)
            yield made


def wait(seconds: float) -> None:
    """Let a fault last."""
    threading.Event().wait(seconds)


def leader_frozen(province: Province, _: Broker, __: str) -> None:
    """The one that leads stands still: another takes its seat, and the others its partitions; then it goes on."""
    led, begun = province.leads(), time.monotonic()
    province.freeze(WEB)  # it was started first
    try:
        until(lambda: province.leads() not in {None, led}, RESUMED)
        province.publish(FEW)
        assert province.carried() <= RESUMED
        wait(begun + FROZEN - time.monotonic())
    finally:
        province.thaw(WEB)


def killed(province: Province, _: Broker, __: str) -> None:
    """A process is killed and started anew, again and again; the one that leads first, for it was started first."""
    for number in range(ROUNDS):
        name = EVERYBODY[number % len(EVERYBODY)]
        province.kill(name)
        province.publish(NOTICES)
        wait(random.uniform(0, 3))
        province.start(name)
    province.carried()
    province.kill("w1")
    province.publish(FEW)
    assert province.carried() <= RESUMED, "its partitions stay with nobody"
    province.start("w1")


def frozen(province: Province, _: Broker, __: str) -> None:
    """A worker stands still for longer than its leases, and then goes on as if nothing had been."""
    province.settled(DRAINED)
    begun = time.monotonic()
    province.freeze("w1")
    try:
        province.publish(FEW)
        assert province.settled() <= RESUMED
        province.publish(NOTICES)
        wait(begun + FROZEN - time.monotonic())
    finally:
        province.thaw("w1")


def broker_restarted(province: Province, broker: Broker, _: str) -> None:
    """The broker is restarted."""
    broker.stop()
    province.publish(NOTICES)
    broker.start()


def broker_gone(province: Province, broker: Broker, _: str) -> None:
    """The broker is away; what is published meanwhile goes out all the same, and a worker can be ended and started."""
    province.settled(DRAINED)
    broker.kill()
    province.publish(FEW)
    assert province.settled() <= RESUMED
    province.publish(NOTICES)  # it is ended in the midst of them
    begun = time.monotonic()
    assert province.end("w1") == 0
    assert time.monotonic() - begun <= ENDED, "Faust's own stop never ends while its broker is away"
    province.start("w1")
    wait(AWAY)
    broker.start()


def broker_wiped(province: Province, broker: Broker, _: str) -> None:
    """The broker comes back empty under running workers."""
    province.publish(NOTICES)
    broker.wipe()
    province.publish(NOTICES)
    broker.start()


def storm(province: Province, _: Broker, __: str) -> None:
    """Workers come and go: one, four, two, four."""
    for name in WORKERS:
        province.end(name)
    for _round in range(ROUNDS // 2):
        more = [f"storm-{number}" for number in range(3)]
        for name in more:
            province.start(name)
            province.publish(1)
        for name in more[:2]:
            province.end(name)
            province.publish(1)
        for name in more[:2]:
            province.start(name)
        for name in more:
            province.end(name)
    for name in WORKERS:
        province.start(name)


def database_gone(province: Province, _: Broker, server: str) -> None:
    """The database is away."""
    province.publish(NOTICES)
    with away(server, province.store):
        wait(GONE)


def rolling(province: Province, _: Broker, __: str) -> None:
    """Every worker is ended in order and started anew, as an upgrade does; the one that leads, too."""
    province.kill(WEB)
    assert province.end("w1") == 0
    until(province.leads, RESUMED)
    led = province.leads()  # the only one that is left
    province.start("w1")
    province.start(WEB)
    for _round in range(ROUNDS // 2):
        for name in WORKERS:
            province.publish(NOTICES)
            assert province.end(name) == 0
            province.start(name)
    assert province.leads() not in {None, led}


@pytest.mark.parametrize(
    "fault",
    [leader_frozen, killed, frozen, broker_restarted, broker_gone, broker_wiped, storm, database_gone, rolling],
    ids=lambda fault: str(fault.__name__),
)
def test_nothing_is_lost_and_nothing_doubled(
    province: Province, broker: Broker, postgres_server: str, fault: Callable[[Province, Broker, str], None]
) -> None:
    lines = {name: count(province.log(name)) for name in province.running}
    province.publish(NOTICES)
    fault(province, broker, postgres_server)
    province.publish(NOTICES)
    if SOAK:  # site and feeds write one notice after the other: after so many, they alone are what is waited for
        province.settled(DRAINED)
        province.publish(FEW)
    seconds = province.settled()
    assert seconds <= RESUMED, f"it went on only after {seconds:.1f} s"
    province.carried()
    check(province.home, province.at, province.published)
    for name in lines:
        assert count(province.log(name)) - lines[name] <= LINES, province.log(name).read_text()[-3_000:]


@pytest.mark.parametrize("how", ["cut", "slow", "half_closed", "finished"])
def test_a_bad_line_to_the_broker_loses_nothing(postgres_server: str, tmp_path: Path, how: str) -> None:
    with (
        closing(Broker()) as broker,
        closing(Proxy(broker.port)) as line,
        partners(tmp_path / "partners") as at,
        database(postgres_server) as store,
    ):
        broker.reached_at = line.port
        broker.start()
        with closing(Province(tmp_path / "homes", at, store, broker.address, "line.")) as province:
            province.start(WEB)
            province.start("w1")
            province.publish(NOTICES)
            lines = {name: count(province.log(name)) for name in province.running}
            for _round in range(ROUNDS):
                if how == "cut":
                    line.cut()
                elif how == "slow":
                    line.delay = 0.2
                elif how == "finished":
                    line.finish()
                else:
                    line.half_close()
                province.publish(NOTICES)
            assert province.settled() <= (SLOW if how == "slow" else RESUMED)
            line.delay = 0
            province.publish(FEW)
            assert province.settled() <= RESUMED
            province.carried()
            check(province.home, at, province.published)
            for name, before in lines.items():
                assert count(province.log(name)) - before <= LINES, province.log(name).read_text()[-3_000:]


def test_one_broker_of_three_may_die(postgres_server: str, tmp_path: Path) -> None:
    with (
        closing(Cluster()) as cluster,
        partners(tmp_path / "partners") as at,
        database(postgres_server) as store,
    ):
        cluster.start()
        with closing(Province(tmp_path / "homes", at, store, cluster.address, "three.")) as province:
            province.start(WEB)
            province.publish(NOTICES)
            cluster.brokers[0].kill()
            province.publish(NOTICES)
            assert province.settled() <= RESUMED
            cluster.brokers[0].start()
            cluster.brokers[1].kill()
            province.publish(NOTICES)
            assert province.settled() <= RESUMED
            province.carried()
            check(province.home, at, province.published)


def count(log: Path) -> int:
    """Its lines."""
    return len(log.read_text().splitlines())
