"""Timed releases, and the process that is to make them killed again and again: each is public once, in the order of the
instants, and none before its own. The witness is another process with its own file."""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from config.clock import DrivenClock, SystemClock, wall
from notices.document import Draft, read
from notices.notice import State
from producers.house import House, house
from producers.publish import Published, publish
from producers.verify_books import verify_notices
from streams.store.tables import event, notice
from tests.factories import office
from tests.faults.rig import Partners, draft, furnish, partners
from tests.producers.serve.processes import free_ports, started
from tests.waiting import until

NOTICES = 12  # a minute apart
KILLS = 5
SEEDS = 20 if "GONGKAI_SOAK" in os.environ else 1
PARTNER = "ribao"


@pytest.fixture
def clock(tmp_path: Path) -> DrivenClock:
    """That of the whole installation."""
    return DrivenClock(SystemClock().now(), file=tmp_path / "now")


@pytest.fixture
def witness(tmp_path: Path, clock: DrivenClock) -> Iterator[Partners]:
    """Who says what came, and when."""
    with partners(tmp_path, (PARTNER,), tmp_path / "now") as running:
        yield running


def timed(home: Path, number: int, at: datetime) -> Draft:
    """The ``number``-th notice, public in the minute of ``at``."""
    draft(home, number)
    file = home / "files" / f"{number}.md"
    front = f"定时发布: {wall(at):%Y-%m-%d %H:%M}\n渠道: ["
    file.write_text(file.read_text("utf-8").replace("渠道: [", front, 1), "utf-8")
    return read(file, offices=[office()], public_channels=[])


def arrived(at: Partners) -> list[str]:
    """The notices as the witness kept them, in order."""
    file = at.home / f"{PARTNER}.jsonl"
    return [str(entry["event"]["subject"]) for entry in at.stored(PARTNER)] if file.exists() else []


@pytest.mark.parametrize("seed", range(7, 7 + SEEDS))
def test_killed_at_any_time_each_is_public_once_in_order_and_none_too_early(
    tmp_path: Path, clock: DrivenClock, witness: Partners, seed: int
) -> None:
    home, port, dice = furnish(tmp_path / "home", witness, (PARTNER,)), free_ports(2), random.Random(seed)
    with house(home, clock) as here:
        minutes = [clock.now() + timedelta(minutes=number) for number in range(1, NOTICES + 1)]
        wanted = [publish(here, timed(home, number, at), by="林晓") for number, at in enumerate(minutes, start=1)]
        assert all(one.release_at for one in wanted)
        for kill in range(KILLS):
            with started("up", home, port, clock=tmp_path / "now") as running:
                clock.advance(dice.uniform(60, 60 * NOTICES / KILLS))
                begun, due = released(here), due_by(wanted, clock)
                if kill % 2:  # else wherever it stands a moment after its start
                    until(partial(moved, here, begun, due))
                running.process.kill()
                running.process.wait()
            assert released(here) <= due_by(wanted, clock)
        clock.advance(60 * NOTICES)
        with started("up", home, port, clock=tmp_path / "now") as running:
            until(lambda: len(arrived(witness)) == NOTICES)
            assert running.end()[0] == 0
        order = [one.notice for one in wanted]
        assert arrived(witness) == order
        says = select(event.c.key).where(event.c.type == "gongkai.notice.released.v1").order_by(event.c.position)
        assert here.store.read(lambda c: list(c.execute(says).scalars())) == order
        assert here.store.read(lambda c: [flaw for flaws in verify_notices(c) for flaw in flaws]) == []


def released(here: House) -> set[str]:
    """What is public."""
    wanted = select(notice.c.id).where(notice.c.state == State.RELEASED)
    return here.store.read(lambda c: set(c.execute(wanted).scalars()))


def moved(here: House, begun: set[str], due: set[str]) -> bool:
    """Whether something became public, or there is nothing left to."""
    return released(here) != begun or released(here) == due


def due_by(wanted: list[Published], clock: DrivenClock) -> set[str]:
    """What may be."""
    return {one.notice for one in wanted if one.release_at is not None and one.release_at <= clock.now()}
