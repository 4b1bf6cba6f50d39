"""An installation on Kafka and PostgreSQL with 48 null outlets, and workers in processes of their own."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import bare_outbox, outbox
from config.clock import SystemClock
from notices.notice import Message
from streams.endpoints import add
from streams.store.migrate import open_store
from streams.store.store import Store
from tests.parts.postgres import database
from tests.source import ROOT

NUMBERS = count(1)
CHANNELS = 8  # each of six outlets; a notice goes to one of them
ACCEPTORS = 8  # desks that publish at the same time


class Scene:
    """The installation; ``store`` is the desks' own line to it."""

    def __init__(self, servers: str, url: str, log: Path) -> None:
        self.servers = servers
        self.url = url
        self.prefix = f"bench-{next(NUMBERS)}-"
        self._log = log
        self.store: Store = open_store(url, SystemClock())
        for channel in (channel_of(number) for number in range(CHANNELS)):
            new = partial(add, office="rsj", channel=channel, options={}, pretend=False, by="bench", find=outbox.found)
            for name in (f"{channel}-{one}" for one in bare_outbox.ENDPOINTS):
                self.store.write(partial(new, name=name, title=name))

    @contextmanager
    def workers(self, many: int, host: str = "faust") -> Iterator[None]:
        """So many of them, ready; ``host`` is what carries in them."""
        with ExitStack() as stack, self._log.open("ab") as log:
            started = [stack.enter_context(self._worker(f"worker-{number}", host, log)) for number in range(many)]
            for worker in started:
                assert worker.stdout is not None
                assert worker.stdout.readline() == b"ready\n", self._log.read_text()[-2000:]
            yield
            for worker in started:
                assert worker.stdin is not None
                worker.stdin.close()

    def _worker(self, name: str, host: str, log: object) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "benchmarks.kafka_worker", self.url, self.servers, self.prefix, name, host]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # type: ignore[call-overload, no-any-return]  # a file it is

    def accept(self, said: list[Message]) -> None:
        """Take all of them in, durably, at several desks."""
        with ThreadPoolExecutor(ACCEPTORS) as desks:
            list(desks.map(lambda one: outbox.accept(self.store, one), said))

    def wait(self, notices: int) -> None:
        """Until every delivery of so many notices is settled."""
        outbox.wait(self.store, notices * len(bare_outbox.ENDPOINTS))


def notice(number: int) -> Message:
    """A notice for six of the outlets."""
    return outbox.made(number, channel_of(number))


def channel_of(number: int) -> str:
    """The channel that it goes to."""
    return f"null{number % CHANNELS}"


@contextmanager
def scene(servers: str, postgres: str) -> Iterator[Scene]:
    """An installation of its own, with nothing in it."""
    with TemporaryDirectory() as folder, database(postgres) as url:
        made = Scene(servers, url, Path(folder) / "workers.log")
        yield made
        made.store.close()
