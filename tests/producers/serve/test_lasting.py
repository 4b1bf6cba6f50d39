"""What a process keeps from its start on is not looked through again, and no garbage is kept."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from producers.serve.lasting import keep_what_is_there


class Node:
    """Something that may refer to itself."""

    itself: "Node"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_there_is_kept_and_what_is_garbage_is_not() -> None:
    kept, lost = Node(), Node()
    kept.itself, lost.itself = kept, lost
    gone = weakref.ref(lost)
    del lost
    keep_what_is_there()
    assert gone() is None
    assert gc.get_freeze_count() > 1_000
    assert not any(one is kept for one in gc.get_objects()), "no collection meets it"


def test_what_comes_later_is_collected_as_ever() -> None:
    keep_what_is_there()
    later = Node()
    later.itself = later
    gone = weakref.ref(later)
    del later
    gc.collect()
    assert gone() is None
