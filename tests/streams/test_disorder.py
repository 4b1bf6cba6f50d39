"""Whatever order events are carried in, whatever is lost on the way: what the outlets have in the end is the same."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from channels.base import Answer, Refused, Work
from streams import dead_letters
from streams.events import Event, NoticeReleased
from streams.outlets import Outlets
from streams.plan import plan
from streams.stages import STAGES, Stage
from streams.store.store import Tx
from streams.store.tables import dead_letter, endpoint
from tests.streams.doubles import takes_it
from tests.streams.hosts import LIMIT, Host, HostileHost
from tests.streams.installation import Installation
from tests.streams.test_engine_conformance import settle_for

SEEDS = range(12)


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Callable[[int], tuple[Installation, HostileHost]]]:
    """Hostile hosts, each by its seed."""
    made = []

    def make(seed: int) -> tuple[Installation, HostileHost]:
        here = Installation(tmp_path / str(seed), f"sqlite:///{tmp_path / str(seed) / 'gongkai.sqlite'}")
        made.append(here)
        return here, HostileHost(here, seed)

    yield make
    for here in made:
        here.store.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_correction_carried_before_its_release_arrives(
    hostile: Callable[[int], tuple[Installation, HostileHost]], seed: int
) -> None:
    here, host = hostile(seed)
    here.endpoint("daily")
    here.release("a")
    here.release("a", number=2)
    settle_for(here, host, 60, 20)
    assert here.witness.sequences("daily", "a")[-1] == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_where_everything_must_be_said_it_is_said_in_order(
    hostile: Callable[[int], tuple[Installation, HostileHost]], seed: int
) -> None:
    here, host = hostile(seed)
    here.endpoint("archive", "audit")
    first = here.release("a", channels=("audit",))
    here.release("a", number=2, channels=("audit",))
    here.withdraw(first, sequence=3)
    settle_for(here, host, 90, 15)
    assert here.witness.sequences("archive", "a") == [1, 2, 3]


@pytest.fixture
def release_cannot_be_planned(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A fault of the plan stage that concerns releases alone, until ``mended`` is set."""
    trouble = {"mended": False}

    def act(tx: Tx, events: Sequence[Event], outlets: Outlets) -> None:
        if not trouble["mended"] and any(isinstance(event.data, NoticeReleased) for event in events):
            raise RuntimeError("a bad deploy")
        plan(tx, events, outlets)

    faulty = Stage("plan", "notices", STAGES[0].on, act)
    for module in ("streams.embedded", "streams.dead_letters", "streams.recover", "tests.streams.hosts"):
        monkeypatch.setattr(f"{module}.STAGES", (faulty, *STAGES[1:]))
    return trouble


def test_a_release_let_go_from_the_dead_letters_is_not_published_after_its_withdrawal(
    here: Installation, host: Host, release_cannot_be_planned: dict[str, bool]
) -> None:
    here.endpoint("daily")
    first = here.release("a")
    host.settle()
    here.withdraw(first, sequence=2)
    host.settle()
    release_cannot_be_planned["mended"] = True
    letters = here.store.read(lambda c: list(c.execute(select(dead_letter.c.id)).scalars()))
    for letter in letters:
        here.store.write(partial(dead_letters.retry, letter=letter, outlets=here.outlets))
    settle_for(here, host, 120)
    assert here.witness.sequences("daily", "a") == [2]
    assert here.states("a") == {"daily": ["superseded", "delivered"]}


@pytest.mark.logs_errors
def test_a_bad_deploy_stops_the_line_whatever_else_stands_on_the_topic(
    here: Installation, host: Host, release_cannot_be_planned: dict[str, bool]
) -> None:
    """Drafts and approvals are none of the stage's business; that it does not choke on them says nothing."""
    here.endpoint("daily")
    for number in range(3 * LIMIT):
        here.draft(f"n{number}")
        here.release(f"n{number}")
    host.settle()
    dead = here.store.read(lambda c: c.execute(select(dead_letter.c.event)).all())
    assert len(dead) == LIMIT
    release_cannot_be_planned["mended"] = True
    here.store.write(dead_letters.resume)
    settle_for(here, host, 30)
    assert len({a.subject for a in here.witness.at("daily")}) == 2 * LIMIT


def test_a_withdrawal_reaches_those_that_had_a_part_of_it(here: Installation, host: Host) -> None:
    here.endpoint("hall", "irreversible", parts=3)

    def behave(step: str, work: Work) -> Answer:
        if work.part == 1:
            raise Refused("bad numbers", final=True)
        return takes_it(step, work)

    here.witness.behaviours["hall"] = behave
    first = here.release("a", channels=("irreversible",))
    host.settle()
    assert here.states("a") == {"hall": ["refused"]}
    here.witness.behaviours["hall"] = takes_it
    here.withdraw(first, sequence=2)
    host.settle()
    assert here.witness.sequences("hall", "a") == [1, 1, 2, 2, 2]


def test_one_endpoint_whose_options_nobody_understands_holds_up_no_other(here: Installation, host: Host) -> None:
    for name in ("daily", "weekly"):
        here.endpoint(name)
    here.release("a")
    host.settle()
    here.release("a", number=2)
    broken = update(endpoint).where(endpoint.c.id == "weekly").values(options='{"gone": 1}')
    here.store.write(lambda tx: tx.connection.execute(broken))
    host.settle()
    assert here.witness.sequences("daily", "a") == [1, 2]
    assert here.states("a")["weekly"] == ["delivered", "parked"]
