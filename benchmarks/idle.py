"""``gongkai up`` with nothing to do: how soon it answers, and what it holds, against a page of one word."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.process import Serving, free_ports, serving, up
from benchmarks.visible import OUTLETS
from tests.journeys.town import furnish

STARTS = 3
REST = 3.0  # seconds it is left alone before it is weighed


def measure() -> Iterator[Figure]:
    """The best of some starts, and the memory after a rest."""
    ours, bare = [], []
    with TemporaryDirectory() as folder:
        for _ in range(STARTS):
            port = free_ports(2)
            furnish(Path(folder) / "home", port, OUTLETS)
            with up(Path(folder) / "home", port) as running:
                ours.append(weighed(running))
            command = [sys.executable, "-m", "benchmarks.bare_server", str(port)]
            with serving(command, (port,), {}) as running:
                bare.append(weighed(running))
    yield Figure("start to ready", min(ours)[0], min(bare)[0], "s", 3, of_ratio=False)
    yield Figure("idle memory", max(m for _, m in ours), max(m for _, m in bare), "MB", 150, of_ratio=False)


def weighed(running: Serving) -> tuple[float, float]:
    """Seconds until it answered, megabytes after a rest."""
    time.sleep(REST)
    return running.ready_after, running.megabytes
