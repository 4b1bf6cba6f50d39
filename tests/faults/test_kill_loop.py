"""Kill loop: the processes that send and publish are killed at random; the partners are the witness."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from producers.house import House, house
from streams.store.tables import delivery, notice
from tests.faults.ledger import check
from tests.faults.rig import PARTNERS, furnish, partners, unsettled
from tests.faults.worker import messages_of
from tests.source import ROOT

NOTICES = 10_000 if "GONGKAI_SOAK" in os.environ else 40
MESSAGES = sum(map(messages_of, range(1, NOTICES + 1)))
KILLS = (1.0, 3.0) if "GONGKAI_SOAK" in os.environ else (0.1, 1.2)  # seconds between two


def start(*words: str) -> "subprocess.Popen[str]":
    """A worker of ours."""
    command = [sys.executable, "-m", "tests.faults.worker", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def end(process: "subprocess.Popen[str]") -> None:
    """As ``kill -9`` does."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.timeout(7_200)
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    with partners(tmp_path / "partners") as at:
        home = furnish(tmp_path / "home", at)
        with house(home):
            pass  # the store is made
        kills = storm(home)
        settle(home)
        check(home, at, NOTICES)
        print(f"\n{NOTICES} notices, {len(PARTNERS) + 2} endpoints, {kills} kills")  # noqa: T201  # the figure is wanted


def storm(home: Path) -> int:
    """Publish everything while both processes are killed again and again; how often that was."""
    chance, kills = random.Random(), 0
    sender, publisher = start("run", str(home)), start("publish", str(home), "1", str(NOTICES))
    while not at_work(publisher, chance.uniform(*KILLS)):
        kills += 1
        if chance.random() < 0.5:
            end(publisher)
            publisher = start("publish", str(home), str(reached(home)), str(NOTICES))
        else:
            at_work(sender, 0)
            end(sender)
            sender = start("run", str(home))
    end(publisher)
    end(sender)
    return kills


def reached(home: Path) -> int:
    """The number of the last notice that was published: what follows it may be missing, and its own correction.

    To begin anew with the first each time, a publisher that is killed every few seconds would never come far.
    """
    with house(home) as here:
        count = here.store.read(lambda c: c.execute(select(func.count()).select_from(notice)).scalar_one())
    return max(1, count)


def at_work(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Wait until the process has said its first word, then ``seconds`` more; true when it ended well by itself."""
    assert process.stdout is not None
    process.stdout.readline()
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False


def settle(home: Path) -> None:
    """One more start, left alone until every delivery has its outcome."""
    sender, expected = start("run", str(home)), MESSAGES * (len(PARTNERS) + 2)
    try:
        with house(home) as here:
            while planned(here) < expected or unsettled(here):
                here.clock.wait(threading.Event(), 0.2)
    finally:
        end(sender)


def planned(here: House) -> int:
    """How many deliveries there are."""
    return here.store.read(lambda c: c.execute(select(func.count()).select_from(delivery)).scalar_one())
