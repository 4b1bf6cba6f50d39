"""``gongkai up`` and ``gongkai run`` as the processes they are."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.source import ROOT

SLOW = 100.0  # seconds after which a start counts as failed; two cores may be shared by many


@dataclass
class Gongkai:
    """A running ``gongkai``; what it says on the standard output is in ``said``, the rest in ``errors``."""

    process: subprocess.Popen[str]
    home: Path
    errors: Path
    ready: bool = False
    seconds: float = 0.0  # from start to ready
    said: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> dict[str, str]:
        """The table it printed: English name → address."""
        rows = [re.split(r" {2,}", line.strip()) for line in self.said if "http://" in line]
        return {english: address for _, english, address in rows}

    @property
    def memory(self) -> float:
        """MB that it holds now."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 1e6)

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Tell it to end; its exit code, and how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(60), time.monotonic() - started


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row that nobody has."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return int(first)


@contextmanager
def started(
    command: str, home: Path, port: int | None = None, *more: str, clock: Path | None = None
) -> Iterator[Gongkai]:
    """``gongkai COMMAND`` in ``home``, ready; killed at the end if it is still there. ``clock`` drives it by a file."""
    errors = home.parent / f"{home.name}.errors"
    begun = time.monotonic()
    with errors.open("a") as told:
        told_to = environment(home, port) | ({"GONGKAI_CLOCK": str(clock)} if clock else {})
        process = subprocess.Popen(words(command, *more), env=told_to, stdout=subprocess.PIPE, stderr=told, text=True)
    running = Gongkai(process, home, errors)
    try:
        _await(running)
        running.seconds = time.monotonic() - begun
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def asked(
    command: str, home: Path, port: int | None = None, *more: str, clock: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """``gongkai COMMAND`` that comes to its end by itself."""
    told = environment(home, port) | ({"GONGKAI_CLOCK": str(clock)} if clock else {})
    return subprocess.run(words(command, *more), env=told, capture_output=True, text=True, timeout=SLOW, check=False)


def words(command: str, *more: str) -> Sequence[str]:
    """The command line."""
    return [sys.executable, "-c", "from producers.command import main; main()", command, *more]


def environment(home: Path, port: int | None) -> dict[str, str]:
    """What the process is told besides."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("GONGKAI_", "PORT"))}
    told |= {"GONGKAI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return told if port is None else told | {"PORT": str(port)}


def _await(running: Gongkai) -> None:
    """Until it says that it is up. Whatever it says later is read too, so that its pipe never fills."""
    up = threading.Event()

    def listen() -> None:
        assert running.process.stdout is not None
        for line in running.process.stdout:
            running.said.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                up.set()
                running.ready = True
        up.set()

    threading.Thread(target=listen, daemon=True).start()
    up.wait(SLOW)
    assert running.ready, f"not ready: {running.said} {running.errors.read_text()}"
