"""Accept → six null endpoints: the whole engine against a bare outbox of the same durability and batch sizes."""

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import bare_outbox, null
from benchmarks.figures import Figure, seconds
from channels import base
from channels.base import Outcome
from config.clock import SystemClock
from config.settings import Configuration
from notices.notice import Message
from producers.say import Edition, approve, say
from streams.embedded import BATCH, Embedded
from streams.endpoints import add
from streams.events import NoticeReleased, new_trace
from streams.outlets import Outlets
from streams.store.migrate import open_store
from streams.store.store import Store, Tx
from streams.store.tables import delivery
from tests.factories import message, office, version
from tests.streams.installation import NoHttp, NoSmtp

NOTICES = 500
ROUNDS = 3  # in turn with the baseline; the best of each counts
ACCEPTORS = 8  # desks that publish at the same time


def measure() -> Iterator[Figure]:
    """Deliveries a second, from the first notice accepted to the last delivery settled."""
    said = [made(number) for number in range(NOTICES)]
    texts = [one.model_dump_json() for one in said]
    ours, bare = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder, installed(Path(folder)) as (store, engine):
            ours.append(seconds(lambda: run(store, engine, said)))
        with tempfile.TemporaryDirectory() as folder:
            bare.append(seconds(lambda: run_bare(Path(folder), texts)))
    total = NOTICES * len(bare_outbox.ENDPOINTS)
    yield Figure("accept → 6 null endpoints", total / min(ours), total / min(bare), "deliveries/s", 0.5, at_least=True)


def made(number: int, channel: str = "null") -> Message:
    """A notice of usual length."""
    return message(version(notice=f"202611-{number:08}", channels=(channel,)))


@contextmanager
def installed(folder: Path) -> Iterator[tuple[Store, Embedded]]:
    """A running engine over six null endpoints."""
    table = office().model_dump(exclude={"id"}, exclude_none=True)
    configuration = Configuration.model_validate({"offices": {"rsj": table}, "home": folder})
    store = open_store(f"sqlite:///{folder / 'gongkai.sqlite'}", SystemClock())
    outlets = Outlets(configuration, store, http=NoHttp(), own=NoHttp(), smtp=NoSmtp(), token="bench", find=found)
    for name in bare_outbox.ENDPOINTS:
        act = partial(add, office="rsj", channel="null", title=name, options={}, pretend=False, by="bench", find=found)
        store.write(partial(act, name=name))
    engine = Embedded(store, outlets, token="bench")
    engine.start()
    yield store, engine
    engine.stop()
    store.close()


def found(_: str) -> type[base.Channel]:
    """Every channel is the null channel."""
    return null.Channel


def run(store: Store, engine: Embedded, said: list[Message]) -> None:
    """Accept all of them at several desks while the engine runs; until everything is settled."""
    with ThreadPoolExecutor(ACCEPTORS) as desks:
        list(desks.map(lambda one: accept(store, one), said))
    wait(store, len(said) * len(bare_outbox.ENDPOINTS))


def accept(store: Store, said: Message) -> None:
    """Take one notice in, durably."""
    rendition = {Edition(said.version.channels[0], "null"): null.rendered(said)}
    released = NoticeReleased(notice=said.subject, message=said.id, sequence=1, office="rsj", version=1)

    def act(tx: Tx) -> None:
        approve(tx, said.id, rendition)
        say(tx, said, released, new_trace())

    store.write(act)


def wait(store: Store, deliveries: int) -> None:
    """Until all of them are delivered and settled."""
    done = select(func.count()).select_from(delivery).where(delivery.c.state == Outcome.DELIVERED)
    pause = threading.Event()
    while store.read(lambda c: c.execute(done).scalar_one()) < deliveries:
        pause.wait(0.05)


def run_bare(folder: Path, texts: list[str]) -> None:
    """The same without us."""
    bare_outbox.run(folder / "bare.sqlite", texts, accepts=ACCEPTORS, batch=BATCH)
