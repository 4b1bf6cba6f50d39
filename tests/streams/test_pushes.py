"""What is known of a push out of the audit's entries: of tries that overlap, by clocks that disagree, over midnight."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from channels.base import Outcome
from config.clock import DrivenClock
from streams import pushes
from streams.pushes import Push
from streams.store.migrate import open_store
from streams.store.store import Store

ACCOUNT = "wx0123456789abcdef"


class Ticking(DrivenClock):
    """A moment passes between any two looks at it, as at every real one."""

    def now(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return super().now()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    on_postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path / 'gongkai.sqlite'}"
    made = open_store(url, Ticking())
    yield made
    made.close()


def begin(store: Store, by: str, before: Push | None = None) -> Push:
    """Somebody tries it now, for the first time or again."""
    now = store.clock.now()
    new = Push("key", "202611-aaaaaaaa", 1, "wechat", ACCOUNT, by, begun_at=now, tried_at=now)
    push = new if before is None else replace(before, by=by, tried_at=now)
    store.write(lambda tx: pushes.begin(tx, push, office="rsj", detail={}))
    return push


def end(store: Store, push: Push, outcome: Outcome, **detail: bool) -> None:
    """What came of that try."""
    store.write(lambda tx: pushes.end(tx, replace(push, outcome=outcome), office="rsj", by=push.by, detail=detail))


def spent(store: Store, since: datetime) -> int:
    """What the account has spent since then."""
    return store.read(lambda c: pushes.spent(c, ACCOUNT, since))


def known(store: Store) -> Push:
    """The push as it is known."""
    (found,) = store.read(lambda c: pushes.of_notices(c, ["202611-aaaaaaaa"]))
    return found


def advance(store: Store, seconds: float) -> None:
    """Time passes, or the clock is put back."""
    assert isinstance(store.clock, DrivenClock)
    store.clock.advance(seconds)


@pytest.mark.parametrize("second", [None, Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.FAILED])
@pytest.mark.parametrize("late", [Outcome.REFUSED, Outcome.UNKNOWN])
def test_that_a_slow_try_did_not_go_says_nothing_of_one_that_was_begun_since(
    store: Store, second: Outcome | None, late: Outcome
) -> None:
    first = begin(store, "甲")
    advance(store, 130)
    again = begin(store, "乙", first)
    if second is not None:
        end(store, again, second)
    end(store, first, late)
    assert known(store).outcome is (second or Outcome.SENDING)
    assert spent(store, first.begun_at) == 1, "its slot is not free"


def test_that_a_slow_try_went_counts(store: Store) -> None:
    first = begin(store, "甲")
    advance(store, 130)
    end(store, begin(store, "乙", first), Outcome.UNKNOWN)
    end(store, first, Outcome.DELIVERED)
    assert known(store).outcome is Outcome.DELIVERED


def test_a_clock_that_is_put_back_hides_no_end(store: Store) -> None:
    push = begin(store, "甲")
    advance(store, -60)
    end(store, push, Outcome.DELIVERED)
    assert known(store).outcome is Outcome.DELIVERED
    ended_at = known(store).ended_at
    assert ended_at is not None
    assert ended_at < push.begun_at


def test_a_refused_push_gives_its_slot_back(store: Store) -> None:
    push = begin(store, "甲")
    end(store, push, Outcome.REFUSED)
    assert known(store).outcome is Outcome.REFUSED
    assert spent(store, push.begun_at) == 0


@pytest.mark.parametrize(
    ("outcome", "detail", "today"),
    [
        (Outcome.DELIVERED, {"other_try": True}, 0),  # the platform said that the first one went
        (Outcome.DELIVERED, {"other_try": False}, 1),
        (Outcome.UNKNOWN, {"other_try": True}, 0),  # this try was surely not taken
        (Outcome.UNKNOWN, {"other_try": False}, 1),
        (Outcome.ACCEPTED, {}, 1),  # a person says that it went, and nobody knows by which
        (Outcome.REFUSED, {}, 0),
    ],
)
def test_a_push_that_is_repeated_over_midnight_has_the_slot_of_the_try_that_went(
    store: Store, outcome: Outcome, detail: dict[str, bool], today: int
) -> None:
    first = begin(store, "甲")
    end(store, first, Outcome.UNKNOWN, other_try=False)
    advance(store, 130)
    midnight = store.clock.now()
    assert spent(store, midnight) == 0
    again = begin(store, "乙", first)
    assert spent(store, midnight) == 1, "as long as it may be this one"
    end(store, again, outcome, **detail)
    assert spent(store, midnight) == today
    assert known(store).begun_at == first.begun_at


def test_of_several_tries_those_that_may_have_gone_are_left(store: Store) -> None:
    first = begin(store, "甲")
    end(store, first, Outcome.UNKNOWN, other_try=False)
    advance(store, 130)
    midnight = store.clock.now()
    second = begin(store, "乙", first)
    end(store, second, Outcome.UNKNOWN, other_try=False)
    advance(store, 130)
    end(store, begin(store, "丙", second), Outcome.DELIVERED, other_try=True)
    assert known(store).tries == (first.tried_at, second.tried_at)
    assert spent(store, midnight) == 1, "the second may be the one that went"
    end(store, known(store), Outcome.FAILED)  # it is asked for later
    assert spent(store, midnight) == 1
