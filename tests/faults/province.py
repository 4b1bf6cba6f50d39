"""An installation on Kafka and PostgreSQL with several processes of the product, for tests that do them harm."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from kafka.errors import KafkaError
from psycopg.sql import SQL, Identifier
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from config.clock import DrivenClock
from producers.house import house
from streams.kafka.lag import lag
from streams.kafka.leader import SEAT
from streams.kafka.topics import administration
from streams.store.store import StoreUnavailable
from streams.store.tables import delivery
from tests.faults.rig import PARTNERS, Partners, furnish, unsettled
from tests.faults.worker import messages_of, publish_row
from tests.source import ROOT
from tests.waiting import until

WORKER = "from producers.command import main; main()"
WEB = "web"  # the one process that has the outlets' files
PATIENCE = 120.0  # seconds until everything must have its outcome


@dataclass
class Province:
    """The office's own folder, the folders of its workers, their processes."""

    folder: Path
    at: Partners
    store: str
    servers: str
    prefix: str
    furnishes: Callable[..., object] = furnish  # writes the configuration of one of its folders
    program: str = WORKER
    clock: Path | None = None  # the file of a driven one
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    published: int = 0

    def __post_init__(self) -> None:
        self.home = self._furnished(WEB)
        with house(self.home, DrivenClock(file=self.clock) if self.clock else None):
            pass  # the store is made

    def start(self, name: str) -> None:
        """Start ``web``, or a worker of that name; returns when it has said its first word."""
        home = self.folder / name
        words = ["-m", "tests.faults.worker", "run", str(home)]
        if name != WEB:
            home = home if home.exists() else self._furnished(name)
            words = ["-c", self.program, "worker", "--name", name, "--home", str(home)]
        driven = {"GONGKAI_CLOCK": str(self.clock)} if self.clock else {}
        with self.log(name).open("a") as told:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                env=environment() | driven,
            )
        assert process.stdout is not None
        assert process.stdout.readline(), self.log(name).read_text()[-3_000:]
        self.running[name] = process

    def kill(self, name: str) -> None:
        """As ``kill -9`` does."""
        self._gone(name, signal.SIGKILL)

    def end(self, name: str) -> int:
        """As a service manager does; its exit code."""
        return self._gone(name, signal.SIGTERM)

    def freeze(self, name: str) -> None:
        """SIGSTOP: it holds what it holds and does nothing."""
        self.running[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        self.running[name].send_signal(signal.SIGCONT)

    def log(self, name: str) -> Path:
        """What the process wrote."""
        return self.folder / f"{name}.log"

    def publish(self, many: int) -> None:
        """Publish so many more notices, some corrected and withdrawn; a store that is away is waited for."""
        last, pause = self.published + many, threading.Event()
        while self.published < last:
            try:
                publish_row(self.home, self.published + 1, self.published + 1)
            except StoreUnavailable:
                pause.wait(0.2)
            else:
                self.published += 1

    def settled(self, patience: float = PATIENCE) -> float:
        """Wait until every delivery of everything has its outcome; how many seconds that took."""
        begun, pause = time.monotonic(), threading.Event()
        expected = sum(map(messages_of, range(1, self.published + 1))) * (len(PARTNERS) + 2)
        with house(self.home) as here:
            while True:
                planned = here.store.read(lambda c: c.execute(select(func.count()).select_from(delivery)).scalar_one())
                waiting = unsettled(here)
                if planned == expected and not waiting:
                    return time.monotonic() - begun
                self._all_run()
                logs = {name: self.log(name).read_text()[-1_000:] for name in self.running}
                assert time.monotonic() - begun < patience, f"{planned} of {expected}, {waiting[:5]} waiting: {logs}"
                pause.wait(0.1)

    def carried(self) -> float:
        """Wait until the workers have answered for all that stands on the topics: what is swept from the store proves
        nothing of them. How many seconds that took."""
        begun = time.monotonic()
        with house(self.home) as here, administration(here.configuration.kafka) as admin:

            def none_is_behind() -> bool:
                self._all_run()
                try:
                    return not any(lag(admin, here.configuration.kafka).values())
                except KafkaError:  # the topics of a broker that came back empty are not made again yet
                    return False

            until(none_is_behind, PATIENCE)
        return time.monotonic() - begun

    def leads(self) -> int | None:
        """The server's number of the leader's line; None while nobody leads."""
        seat = "(select hashtextextended(%s, 0))"
        with psycopg.connect(self.store) as connection:
            held = connection.execute(
                "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1"
                " and database = (select oid from pg_database where datname = current_database())"
                f" and (classid::bigint << 32) | objid::bigint = {seat}",
                [SEAT],
            ).fetchone()
        return int(held[0]) if held else None

    def close(self) -> None:
        """Nothing is left running."""
        for name in list(self.running):
            self.kill(name)

    def _all_run(self) -> None:
        for name, process in self.running.items():
            assert process.poll() is None, f"{name} ended by itself: {self.log(name).read_text()[-3_000:]}"

    def _furnished(self, name: str) -> Path:
        engine: dict[str, dict[str, object]] = {
            "installation": {"engine": "kafka", "store": self.store},
            "kafka": {
                "servers": self.servers.split(","),
                "prefix": self.prefix,
                "replication": min(3, len(self.servers.split(","))),
            },
        }
        self.furnishes(self.folder / name, self.at, engine=engine)
        return self.folder / name

    def _gone(self, name: str, number: signal.Signals) -> int:
        process = self.running.pop(name)
        process.send_signal(number)
        code = process.wait(60)
        assert process.stdout is not None
        process.stdout.close()
        return code


def environment() -> dict[str, str]:
    """Nothing of this process's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GONGKAI_", "PORT"))}


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database of this test's own, as a configuration names it."""
    name = f"province_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def away(server: str, store: str) -> Iterator[None]:
    """The database is gone: every line to it is cut, and no new one is taken."""
    name = Identifier(str(make_url(store).database))
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        with suppress(psycopg.Error):
            connection.execute(cut, [make_url(store).database])
    yield
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
