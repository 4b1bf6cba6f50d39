"""What a publication or a turn costs the store does not grow with what is in it: in steps of SQLite's machine."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, update

from benchmarks.seed import seed
from config.clock import DrivenClock
from streams import audit
from streams.embedded import Embedded
from streams.lane_rows import LaneKey, waiting_in
from streams.recover import sweep
from streams.store.store import Tx
from streams.store.tables import part
from tests.streams.hosts import LIMIT
from tests.streams.installation import Installation

GRAIN = 50  # steps between two counts


class Steps:
    """Counts what every connection that is opened meanwhile does."""

    def __init__(self) -> None:
        self.taken = 0

    def watch(self, connection: sqlite3.Connection, _: object) -> None:
        """Count the steps of a new connection."""
        connection.set_progress_handler(self._step, GRAIN)

    def _step(self) -> None:
        self.taken += GRAIN


@contextmanager
def counted() -> Iterator[Steps]:
    """The steps of every connection."""
    steps = Steps()
    event.listen(Engine, "connect", steps.watch)
    yield steps
    event.remove(Engine, "connect", steps.watch)


def cost(home: Path, others: int) -> int:
    """The steps of a release, a correction, a withdrawal, a sweep and a seal, among so many other notices."""
    url = f"sqlite:///{home / 'gongkai.sqlite'}"
    first = Installation(home, url)
    for name in ("daily", "weekly"):
        first.endpoint(name)
    first.release("original")
    Embedded(first.store, first.outlets, token="t").run_until_idle()
    assert first.states("original") == {"daily": ["delivered"], "weekly": ["delivered"]}
    first.store.write(audit.seal)
    first.store.close()
    seed(home, others)
    with counted() as steps:
        here = Installation(home, url, clock=DrivenClock(first.clock.now() + timedelta(seconds=120)))
        sweep(here.store, here.outlets, limit=LIMIT)  # it has looked at all of the past by now
        steps.taken = 0
        engine = Embedded(here.store, here.outlets, token="t")
        released = here.release("new")
        engine.run_until_idle()
        here.release("new", number=2)
        engine.run_until_idle()
        here.withdraw(released, sequence=3)
        engine.run_until_idle()
        sweep(here.store, here.outlets, limit=LIMIT)
        here.store.write(audit.seal)
        assert here.states("new") == {"daily": ["delivered"] * 3, "weekly": ["delivered"] * 3}
        here.store.close()
    return steps.taken


def test_a_publication_costs_the_same_among_many(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    for home in (few, many):
        home.mkdir()
    assert cost(many, 3_000) <= 1.3 * cost(few, 30)


def look(home: Path, parts: int, *, ask: bool) -> int:
    """The steps of a lane's looks at a delivery of so many parts; half are sent, and with ``ask`` to be asked about."""
    url = f"sqlite:///{home / 'gongkai.sqlite'}"
    first = Installation(home, url)
    first.endpoint("phones")
    first.release("bulk")
    engine = Embedded(first.store, first.outlets, token="t")
    while engine.run_stages():
        pass

    def divide(tx: Tx) -> None:
        only = tx.connection.execute(select(part)).one()._asdict()
        tx.connection.execute(insert(part), [{**only, "number": number} for number in range(1, parts)])
        sent = update(part).where(part.c.number < parts // 2)
        tx.connection.execute(sent.values(state="accepted", **({} if ask else {"due_at": None})))

    first.store.write(divide)
    first.store.close()
    key = LaneKey("phones", False)
    with counted() as steps:
        here = Installation(home, url)
        steps.taken = 0
        for supersedes in (True, False):
            found = here.store.write(partial(waiting_in, key=key, most=4, supersedes=supersedes, to_send=ask))
            assert [row.number for row in found] == [parts // 2 + at for at in range(4)]
            assert [(row.newest, row.oldest_waiting, row.flying) for row in found] == [(1, 1, 0)] * 4
        here.store.close()
    return steps.taken


@pytest.mark.parametrize("ask", [False, True], ids=["are done", "are to be asked about"])
def test_a_turn_costs_the_same_among_many_parts(tmp_path: Path, ask: bool) -> None:
    """Whatever became of those before the first that is still to be sent."""
    few, many = tmp_path / "few", tmp_path / "many"
    for home in (few, many):
        home.mkdir()
    assert look(many, 3_000, ask=ask) <= 1.3 * look(few, 30, ask=ask)
