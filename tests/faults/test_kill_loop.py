"""Kill loop: the processes that send and publish are killed at random; the partners are the witness."""

import multiprocessing
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from producers.house import House, house
from streams.store.tables import delivery, notice
from tests.faults.ledger import check
from tests.faults.rig import PARTNERS, furnish, partners, unsettled
from tests.faults.worker import messages_of, publish_row, run

NOTICES = 10_000 if "GONGKAI_SOAK" in os.environ else 40
MESSAGES = sum(map(messages_of, range(1, NOTICES + 1)))
KILLS = (1.0, 3.0) if "GONGKAI_SOAK" in os.environ else (0.1, 1.2)  # seconds between two


FORK = multiprocessing.get_context("fork")  # a start costs a tenth when everything is imported already


@dataclass(frozen=True)
class Worker:
    """A process of ours, and where its first word is heard."""

    process: ForkProcess
    heard: Connection

    @classmethod
    def start(cls, act: Callable[..., None], *about: object) -> "Worker":
        """Let a new process do this."""
        heard, mouth = FORK.Pipe(duplex=False)
        process = FORK.Process(target=tell, args=(mouth, act, *about), daemon=True)
        process.start()
        mouth.close()
        return cls(process, heard)

    def is_done_after(self, seconds: float) -> bool:
        """Wait until it has said its first word, then ``seconds`` more; true when it ended well by itself."""
        self.heard.poll(None)
        self.process.join(seconds)
        return self.process.exitcode == 0

    def kill(self) -> None:
        """As ``kill -9`` does."""
        self.process.kill()
        self.process.join()
        self.heard.close()


def tell(mouth: Connection, act: Callable[..., None], *about: object) -> None:
    """In the new process: do it, and pass on its first word."""

    def say(word: str) -> None:
        if not mouth.closed:
            mouth.send(word)
            mouth.close()

    act(*about, say=say)


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
    sender, publisher = Worker.start(run, home), Worker.start(publish_row, home, 1, NOTICES)
    while not publisher.is_done_after(chance.uniform(*KILLS)):
        kills += 1
        if chance.random() < 0.5:
            publisher.kill()
            publisher = Worker.start(publish_row, home, reached(home), NOTICES)
        else:
            sender.is_done_after(0)
            sender.kill()
            sender = Worker.start(run, home)
    publisher.kill()
    sender.kill()
    return kills


def reached(home: Path) -> int:
    """The number of the last notice that was published: what follows it may be missing, and its own correction.

    To begin anew with the first each time, a publisher that is killed every few seconds would never come far.
    """
    with house(home) as here:
        count = here.store.read(lambda c: c.execute(select(func.count()).select_from(notice)).scalar_one())
    return max(1, count)


def settle(home: Path) -> None:
    """One more start, left alone until every delivery has its outcome."""
    sender, expected = Worker.start(run, home), MESSAGES * (len(PARTNERS) + 2)
    try:
        with house(home) as here:
            while planned(here) < expected or unsettled(here):
                here.clock.wait(threading.Event(), 0.2)
    finally:
        sender.kill()


def planned(here: House) -> int:
    """How many deliveries there are."""
    return here.store.read(lambda c: c.execute(select(func.count()).select_from(delivery)).scalar_one())
