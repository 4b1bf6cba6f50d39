"""Outages by the driven clock: two hundred outlets go away and come back; whatever they missed is there in a minute."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.base import Answer, TryAgain, Work
from streams.store.tables import lane
from tests.streams.doubles import Behaviour, takes_it
from tests.streams.hosts import EmbeddedHost
from tests.streams.installation import Installation

OUTLETS = 200
FEWER = OUTLETS if "GONGKAI_SOAK" in os.environ else 10  # for outages that take long to drive
FAILURES: dict[str, Callable[[], TryAgain]] = {
    "refused": lambda: TryAgain("connection refused"),
    "throttled": lambda: TryAgain("429", throttled=True),
}


def next_due(here: Installation) -> datetime | None:
    """When a lane is due next."""
    due: datetime | None = here.store.read(lambda c: c.execute(select(func.min(lane.c.due_at))).scalar())
    return due


def run_until(here: Installation, host: EmbeddedHost, end: datetime) -> None:
    """Let time pass until ``end``, going from one due instant to the next, in whole seconds."""
    host.settle()
    while (due := next_due(here)) is not None and due <= end:
        whole = due.replace(microsecond=0) + timedelta(seconds=1)
        here.clock.set(min(end, max(whole, here.clock.now())))
        host.settle()
        if here.clock.now() == end:
            return
    here.clock.set(end)


@pytest.mark.parametrize("how", sorted(FAILURES))
@pytest.mark.parametrize("seconds", [10, 60, 600, 3_600])
def test_two_hundred_outlets_catch_up_within_a_minute(tmp_path: Path, seconds: int, how: str) -> None:
    outlets = OUTLETS if seconds <= 60 else FEWER
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    host = EmbeddedHost(here)
    start = here.clock.now()
    back = start + timedelta(seconds=seconds)
    arrived: dict[tuple[str, str], datetime] = {}

    def away(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise FAILURES[how]()
        arrived[work.endpoint, work.message.subject] = here.clock.now()
        return takes_it(step, work)

    behave: Behaviour = away
    for number in range(outlets):
        here.endpoint(f"paper-{number:03}")
        here.witness.behaviours[f"paper-{number:03}"] = behave
    said = ("a", "b", "c")
    for number, name in enumerate(said):
        run_until(here, host, start + timedelta(seconds=seconds * number / len(said)))
        here.release(name)
    here.release("a", number=2)  # while the first version may still wait
    run_until(here, host, back + timedelta(seconds=61))
    late = {key: (when - back).total_seconds() for key, when in arrived.items()}
    assert len(late) == outlets * len(said), "lost"
    assert max(late.values()) <= 60
    for number in range(outlets):
        assert here.witness.sequences(f"paper-{number:03}", "a") == [2], "an old version followed a newer one"
    here.store.close()
