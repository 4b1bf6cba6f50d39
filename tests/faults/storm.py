"""Whoever sends is killed at random, again and again, while the office's clock leaps to what is due."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from config.clock import DrivenClock
from producers.house import House
from tests.source import ROOT

SEED = 20261123
LIVES = (0.0, 0.8)  # seconds a worker is left alive while anything is to be sent
LONG = 60.0  # seconds, when all that is left is to look up
LOOK = 0.05  # seconds between two looks at what is left
WORKER = """
import sys
from pathlib import Path
from tests.faults.worker import run
run(Path(sys.argv[1]))
"""


def storm(
    here: House,
    clock: DrivenClock,
    file: Path,
    due: Callable[[House], datetime | None],
    waiting: Callable[[House], int],
    *,
    worker: str = WORKER,
    lives: tuple[float, float] = LIVES,
) -> int:
    """Kill whoever sends until nothing is ``due`` any more; how often that was.

    ``file`` is that of the clock. ``waiting``: parts of which nothing is known yet; with none a worker is let live.
    ``worker`` is his program, ``lives`` the seconds that he is left alive.
    """
    chance, pause, kills = random.Random(SEED), threading.Event(), 0
    while True:
        sender = start(here.home, file, worker)
        try:
            left = chance.uniform(*lives) if waiting(here) else LONG
            while left > 0 and (at := due(here)):
                clock.set(max(at, clock.now() + timedelta(seconds=LOOK)))  # no leap while a request is under way
                pause.wait(LOOK)
                left -= LOOK
        finally:
            sender.kill()
            sender.wait()
            assert sender.stdout is not None
            sender.stdout.close()
        if not due(here):
            return kills
        kills += 1


def start(home: Path, clock: Path, worker: str) -> "subprocess.Popen[str]":
    """A worker of ours, by the clock in a file; returns when it has said its first word."""
    environment = {**os.environ, "GONGKAI_CLOCK": str(clock)}
    command = [sys.executable, "-c", worker, str(home)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process
