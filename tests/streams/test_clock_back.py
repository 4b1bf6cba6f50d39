"""A clock that is put back takes nothing from whoever is under way, and lets no lease of a dead one last."""

from streams.admit import make_due
from streams.clock_back import draw_back
from streams.lane_rows import LEASE, LaneKey, claim, renew
from streams.outlets import SharedStore
from tests.streams.installation import Installation

HOUR = 3_600.0
KEY = LaneKey("daily", False)


def claimed(here: Installation, token: str) -> list[LaneKey]:
    return here.store.write(lambda tx: claim(tx, token, 5, urgent=False))


def held(here: Installation) -> None:
    """A lane that one worker has, and an hour later the clock is put back by it."""
    here.endpoint("daily")
    here.store.write(draw_back)
    here.store.write(lambda tx: make_due(tx, {("daily", False)}, tx.clock.now()))
    assert claimed(here, "one") == [KEY]
    here.clock.advance(-HOUR)


def test_whoever_renewed_since_keeps_his_lane(here: Installation) -> None:
    held(here)
    here.store.write(lambda tx: renew(tx, [KEY], "one"))
    assert here.store.write(draw_back).total_seconds() == HOUR
    assert claimed(here, "two") == [], "his send is under way"
    here.clock.advance(LEASE.total_seconds())
    assert claimed(here, "two") == [KEY], "and he has not said so again"


def test_the_lease_of_a_dead_one_lasts_no_longer_than_ever(here: Installation) -> None:
    held(here)
    here.store.write(draw_back)
    assert claimed(here, "two") == []
    here.clock.advance(LEASE.total_seconds())
    assert claimed(here, "two") == [KEY]


def test_a_key_that_one_holds_is_nobody_elses(here: Installation) -> None:
    here.store.write(draw_back)
    here.clock.advance(-HOUR)
    with SharedStore(here.store, "one").hold("token") as first:
        here.store.write(draw_back)
        with SharedStore(here.store, "two").hold("token") as second:
            assert (first, second) == (True, False)
