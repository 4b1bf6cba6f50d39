"""Kill loop: the processes that send and publish are killed at random; the partners are the witness."""

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.base import Outcome
from producers.house import House, house
from streams import audit
from streams.store.tables import delivery, notice
from tests.faults.rig import PARTNERS, Partners, furnish, partners, unsettled
from tests.faults.worker import messages_of
from tests.parts import ROOT

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
        check(home, at)
        print(f"\n{NOTICES} notices, {len(PARTNERS) + 2} endpoints, {kills} kills")  # noqa: T201  # the figure is wanted


def storm(home: Path) -> int:
    """Publish everything while both processes are killed again and again; how often that was."""
    chance, kills = random.Random(), 0
    sender, publisher = start("run", str(home)), start("publish", str(home), "1", str(NOTICES))
    while not at_work(publisher, chance.uniform(*KILLS)):
        kills += 1
        if chance.random() < 0.5:
            end(publisher)
            publisher = start("publish", str(home), "1", str(NOTICES))
        else:
            at_work(sender, 0)
            end(sender)
            sender = start("run", str(home))
    end(publisher)
    end(sender)
    return kills


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


def check(home: Path, at: Partners) -> None:
    """Every message at every endpoint once or overtaken by a newer one, in order; the ledger says the same."""
    with house(home) as here:
        notices = {row.id: row for row in here.store.read(lambda c: c.execute(select(notice)).all())}
        assert len({row.index_number for row in notices.values()}) == len(notices) == NOTICES
        assert sum(row.sequence for row in notices.values()) == MESSAGES
        rows = here.store.read(lambda c: c.execute(select(delivery)).all())
        assert Counter(row.endpoint for row in rows) == dict.fromkeys((*PARTNERS, "site", "feeds"), MESSAGES)
        assert {row.state for row in rows} <= {Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.SUPERSEDED}
        for name in (*PARTNERS, "site", "feeds"):
            numbers = sorted(row.sequence for row in rows if row.endpoint == name)
            assert numbers == list(range(1, MESSAGES + 1)), "the endpoint's deliveries have a gap"
        for name in PARTNERS:
            check_partner(at, name, {row.id: row.sequence for row in notices.values()})
        pages = {f"{page.parent.name}-{page.stem}" for page in (home / "outlets/site/public/n").glob("*/*.html")}
        assert pages == set(notices)
        assert here.store.read(lambda c: list(audit.verify(c, here.heads))) == []


def check_partner(at: Partners, name: str, newest: dict[str, int]) -> None:
    """By the witness's own file: nothing lost, nothing doubled under another key, no older after a newer."""
    arrived: dict[str, list[int]] = {}
    for entry in at.stored(name):
        arrived.setdefault(entry["event"]["subject"], []).append(entry["event"]["data"]["sequence"])
    assert set(arrived) == set(newest), "lost"
    for subject, sequences in arrived.items():
        assert sequences == sorted(set(sequences)), f"doubled or out of order: {sequences}"
        assert sequences[-1] == newest[subject], "the newest message is missing"
