"""Texts a second by way of the channel, ledger and all, against a bare client that posts the same batches.

Each run has a fake of the vendor to itself, fresh: it looks through what a number got before.
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from benchmarks import bare_texts
from benchmarks.figures import Figure
from channels.base import Outcome
from channels.sms.key import Key
from config.clock import SystemClock
from producers.house import House, house
from producers.serve.lasting import keep_what_is_there
from streams.store.tables import part, rendition
from tests.faults import texts
from tests.faults.rig import Partners, partners
from tests.journeys.town import Town, prepared

MANY = 20_000
BATCHES = (1_000, 100)  # numbers of a request
ROUNDS = 3  # in turn with the baseline; the best of each counts
VENDOR = "aliyun"


@dataclass(frozen=True)
class Cost:
    """Of one run, in seconds: by the clock, and of processor time by whoever sends and by the fake."""

    wall: float
    sender: float
    fake: float


def measure() -> Iterator[Figure]:
    """One audience, one lane: one request after another."""
    for batch in BATCHES:
        mine, theirs = [], []
        for _ in range(ROUNDS):
            cost, text = ours(batch)
            mine.append(cost)
            theirs.append(bare(batch, text))
        us, them = (min(costs, key=lambda cost: cost.wall) for costs in (mine, theirs))
        yield Figure(f"texts, {batch:,} a request", MANY / us.wall, MANY / them.wall, "texts/s", 0.7, at_least=True)
        for whose, one, other in (("sender's", us.sender, them.sender), ("fake's", us.fake, them.fake)):
            each = 1e6 / MANY
            yield Figure(f"  processor time of each, the {whose}", one * each, other * each, "µs", 0, at_least=True)


def ours(batch: int) -> tuple[Cost, bare_texts.Text]:
    """From the engine's start, everything planned, to the last part's outcome; and what everybody was told."""
    clock: Any = SystemClock()  # nothing here drives it
    with vendor() as (folder, at, fake):
        outlets = [texts.outlet(VENDOR, at.port, batch=batch, quiet_from="00:00", quiet_to="00:00")]
        with prepared(folder / "home", clock, outlets, partners=at) as ground, house(ground.home, clock) as here:
            texts.people(here, MANY)
            town = Town(here, clock, at)
            town.publish("很多人的通知", channels=("sms",))
            while town.engine.run_stages():
                pass
            keep_what_is_there()  # as `gongkai up` does before it begins
            cost = measured(fake, lambda: until_sent(town))
            town.engine.stop()
            return cost, told(here)


def until_sent(town: Town) -> None:
    """Have the engine work until all of it is with the vendor."""
    left = select(func.count()).select_from(part).where(part.c.state != Outcome.ACCEPTED)
    pause = threading.Event()
    town.engine.start()
    while town.house.store.read(lambda c: c.execute(left).scalar_one()):
        pause.wait(0.02)


def told(here: House) -> bare_texts.Text:
    """The text as it was approved."""
    manifest = here.store.read(lambda c: c.execute(select(rendition.c.manifest)).scalar_one())
    ((_, _, sha256),) = json.loads(manifest)["files"]
    said = json.loads(here.store.get_blob(sha256))
    return bare_texts.Text(texts.SIGN, texts.code(VENDOR, said["template"]), said["values"])


def bare(batch: int, text: bare_texts.Text) -> Cost:
    """The same to the same numbers, without us."""
    numbers = texts.numbers(MANY)
    with vendor() as (_, at, fake):
        key = Key(texts.KEY_IDS[VENDOR], (at.secrets / f"sms-{VENDOR}").read_text("utf-8").strip())
        batches = [numbers[first : first + batch] for first in range(0, MANY, batch)]
        return measured(fake, lambda: bare_texts.run(f"http://127.0.0.1:{at.port}", key, text, batches))


@contextmanager
def vendor() -> Iterator[tuple[Path, Partners, psutil.Process]]:
    """A folder, and a fake in it that nobody has used."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts.register(folder / "inboxes")
        others = set(psutil.Process().children())  # what draws for another benchmark ends by itself, later
        with partners(folder, ()) as at:
            (fake,) = set(psutil.Process().children()) - others
            yield folder, at, fake


def measured(fake: psutil.Process, act: Callable[[], None]) -> Cost:
    """What ``act`` costs."""
    begun, ours, theirs = time.perf_counter(), time.process_time(), _used(fake)
    act()
    return Cost(time.perf_counter() - begun, time.process_time() - ours, _used(fake) - theirs)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
