"""What a start that died held is free at the next start, and what others hold is not."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from config.clock import DrivenClock
from streams.embedded import Embedded
from streams.outlets import HOLD, SharedStore
from streams.store.leases import give_back
from streams.store.migrate import open_store
from streams.store.store import Store
from streams.store.tables import shared
from tests.streams.installation import Installation


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", DrivenClock())) as made:
        yield made


def dies_holding(store: Store, token: str, key: str) -> None:
    """A start that never lets it go again."""
    until = store.clock.now() + HOLD
    row = {"key": key, "holder": f"{token}.0123abcd", "held_until": until}
    store.write(lambda tx: tx.connection.execute(insert(shared).values(row)))


def held(store: Store) -> set[str]:
    """The keys that somebody holds."""
    wanted = select(shared.c.key).where(shared.c.holder.is_not(None))
    return set(store.read(lambda c: c.execute(wanted).scalars().all()))


def test_a_key_that_a_dead_process_held_is_free_at_the_next_start(tmp_path: Path) -> None:
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    with closing(here.store):
        dies_holding(here.store, "first", "token")
        Embedded(here.store, here.open_outlets("second"), token="second").take_over()
        with SharedStore(here.store, "second").hold("token") as got:
            assert got


def test_nobody_gives_back_what_another_station_or_this_start_holds(store: Store) -> None:
    for token in ("one.a", "one.b", "onetwo.a", "two.a"):
        dies_holding(store, token, f"of {token}")
    store.write(lambda tx: give_back(tx, station="one", but="one.b"))
    assert held(store) == {"of one.b", "of onetwo.a", "of two.a"}


def test_another_worker_has_the_key_within_fifteen_seconds(store: Store) -> None:
    clock = store.clock
    assert isinstance(clock, DrivenClock)
    dies_holding(store, "one.a", "token")
    other = SharedStore(store, "two.a")
    with other.hold("token") as got:
        assert not got
    clock.advance(15)
    with other.hold("token") as got:
        assert got
