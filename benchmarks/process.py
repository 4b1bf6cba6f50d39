"""Processes that serve: started, waited for until they answer, ended."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.source import ROOT

UP = [sys.executable, "-c", "from producers.command import main; main()", "up"]
SLOW = 60.0  # seconds until a start counts as failed


@dataclass(frozen=True)
class Serving:
    """A process that answers at ``port``."""

    port: int
    ready_after: float  # seconds from its start
    process: psutil.Process

    @property
    def megabytes(self) -> float:
        """What it and its children hold."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in everyone) / 1e6)


@contextmanager
def up(home: Path, port: int) -> Iterator[Serving]:
    """``gongkai up`` in ``home``; both its listeners answer, the inner one at the next port."""
    with serving(UP, (port, port + 1), {"GONGKAI_HOME": str(home), "PORT": str(port)}) as running:
        yield running


@contextmanager
def serving(command: Sequence[str], ports: Sequence[int], environment: Mapping[str, str]) -> Iterator[Serving]:
    """``command``, once every one of ``ports`` answers."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while not all(map(answers, ports)):
                if process.poll() is not None or time.perf_counter() - begun > SLOW:
                    raise RuntimeError(f"{command} does not answer")
                time.sleep(0.005)
            yield Serving(ports[0], time.perf_counter() - begun, psutil.Process(process.pid))
        finally:
            process.terminate()


def answers(port: int) -> bool:
    """Whether somebody speaks HTTP there."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/")
        line.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
    return True


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row that nobody has."""
    while True:
        with ExitStack() as held:
            first = int(held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1])
            try:
                for port in range(first + 1, first + count):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return first
