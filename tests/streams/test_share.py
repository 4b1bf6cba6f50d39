"""A worker's share of the lanes: its partitions, the files that are here, and what is left alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from streams.admit import lane_key, open_lanes, slot
from streams.share import LEFT_ALONE, WHOLE, Share
from streams.store.tables import endpoint, lane
from tests.streams.installation import Installation

PARTITIONS = 3
NAMES = [f"paper-{number}" for number in range(12)]


@pytest.fixture
def pair() -> str:
    """One engine is enough here."""
    return "embedded-sqlite"


@pytest.fixture
def lanes(here: Installation) -> Installation:
    """Lanes of both priorities that were due just now; the site writes files."""
    for name in NAMES:
        here.endpoint(name)
    site = {"id": "site", "office": "rsj", "channel": "state", "title": "", "options": "{}", "sequence": 0}
    site |= {"state": "enabled", "added_at": here.clock.now(), "pretend": False, "on_files": True}
    here.store.write(lambda tx: tx.connection.execute(insert(endpoint), site))
    every = {(name, urgent) for name in (*NAMES, "site") for urgent in (False, True)}
    here.store.write(lambda tx: open_lanes(tx, every))
    here.store.write(lambda tx: tx.connection.execute(lane.update().values(due_at=here.clock.now())))
    return here


def of(here: Installation, share: Share, urgent: bool, now: datetime) -> set[str]:
    """The endpoints whose lanes a share holds."""
    rows = select(lane.c.endpoint).where(lane.c.urgent == urgent, share.holds(urgent, now))
    return set(here.store.read(lambda c: c.execute(rows).scalars().all()))


def test_the_partitions_of_all_workers_hold_every_lane_once(lanes: Installation) -> None:
    now = lanes.clock.now()
    for urgent in (False, True):
        shares = [Share(frozenset({one}), frozenset({one}), PARTITIONS, places=False) for one in range(PARTITIONS)]
        found = [of(lanes, share, urgent, now) for share in shares]
        assert sorted(name for names in found for name in names) == sorted(NAMES)
        for number, names in enumerate(found):
            assert {slot(lane_key(name, urgent)) % PARTITIONS for name in names} <= {number}


def test_what_writes_files_is_for_whoever_has_the_place(lanes: Installation) -> None:
    now = lanes.clock.now()
    everything = frozenset(range(PARTITIONS))
    assert of(lanes, Share(frozenset(), frozenset(), PARTITIONS, places=True), False, now) == {"site"}
    assert of(lanes, Share(everything, everything, PARTITIONS, places=False), False, now) == set(NAMES)
    assert of(lanes, Share(everything, everything, PARTITIONS, places=True), False, now) == {*NAMES, "site"}
    assert of(lanes, WHOLE, True, now) == {*NAMES, "site"}


def test_what_is_left_alone_is_anybodys_but_never_without_its_place(lanes: Installation) -> None:
    nobody = Share(partitions=PARTITIONS, places=False)
    now = lanes.clock.now()
    assert of(lanes, nobody, False, now + LEFT_ALONE - timedelta(microseconds=1)) == set()
    assert of(lanes, nobody, False, now + LEFT_ALONE) == set(NAMES)


def test_holds_any_asks_each_lane_for_its_own_priority(lanes: Installation) -> None:
    share = Share(frozenset(range(PARTITIONS)), frozenset(), PARTITIONS, places=False)
    rows = select(lane.c.endpoint, lane.c.urgent).where(share.holds_any(lanes.clock.now()))
    assert {tuple(row) for row in lanes.store.read(lambda c: c.execute(rows).all())} == {(n, False) for n in NAMES}
