"""Processes that serve an installation, to be killed and started anew at the same doors."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

from tests.faults.rig import end, start
from tests.producers.serve.processes import started

LIFE = 0.3  # seconds that one lives at most, once it is to be killed

Server = Callable[[], AbstractContextManager["Popen[str]"]]


class Servers:
    """Those who serve, to be killed and started anew."""

    def __init__(self, begin: Sequence[Server]) -> None:
        self._begin = begin
        self._running = [ExitStack() for _ in begin]
        self._processes = [doors.enter_context(one()) for doors, one in zip(self._running, begin, strict=True)]
        self.kills = 0

    def kill(self, which: int) -> None:
        """As ``kill -9`` does; then it is started anew."""
        self._processes[which].kill()
        self._processes[which].wait()
        self._running[which].close()
        self._processes[which] = self._running[which].enter_context(self._begin[which]())
        self.kills += 1

    def kill_any(self, dice: random.Random) -> None:
        """One of them, some time from now."""
        threading.Event().wait(dice.uniform(0, LIFE))
        self.kill(dice.randrange(len(self._begin)))

    def close(self) -> None:
        """Nothing is left running."""
        for doors in self._running:
            doors.close()


@contextmanager
def up(home: Path, port: int, clock: Path) -> Iterator["Popen[str]"]:
    """``gongkai up``."""
    with started("up", home, port, clock=clock) as running:
        yield running.process


@contextmanager
def listener(home: Path, port: int, clock: Path) -> Iterator["Popen[str]"]:
    """The public listener alone."""
    process = start("serve", str(home), str(port), clock=clock)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        end(process)
