"""What is known of a push out of the audit's entries: of tries that overlap, by clocks that disagree."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Outcome
from config.clock import DrivenClock
from streams import pushes
from streams.pushes import Push
from streams.store.migrate import open_store
from streams.store.store import Store

ACCOUNT = "wx0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'gongkai.sqlite'}", DrivenClock())
    yield made
    made.close()


def begin(store: Store, by: str, before: Push | None = None) -> Push:
    """Somebody tries it now, for the first time or again."""
    now = store.clock.now()
    new = Push("key", "202611-aaaaaaaa", 1, "wechat", ACCOUNT, by, begun_at=now, tried_at=now)
    push = new if before is None else replace(before, by=by, tried_at=now)
    store.write(lambda tx: pushes.begin(tx, push, office="rsj", detail={}))
    return push


def end(store: Store, push: Push, outcome: Outcome) -> None:
    """What came of that try."""
    store.write(lambda tx: pushes.end(tx, replace(push, outcome=outcome), office="rsj", by=push.by, detail={}))


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
    assert store.read(lambda c: pushes.spent(c, ACCOUNT, first.begun_at)) == 1, "its slot is not free"


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
    assert known(store).ended_at == push.begun_at - timedelta(seconds=60)


def test_a_refused_push_gives_its_slot_back(store: Store) -> None:
    push = begin(store, "甲")
    end(store, push, Outcome.REFUSED)
    assert store.read(lambda c: pushes.spent(c, ACCOUNT, push.begun_at)) == 0
