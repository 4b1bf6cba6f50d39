"""A person decides about a send whose answer nobody saw."""

import pytest
from sqlalchemy import select

from channels.base import Answer, Unsure, Work
from streams.decide import Decision, NotUnknown, decide
from streams.store.tables import part
from tests.streams.doubles import takes_it
from tests.streams.hosts import Host
from tests.streams.installation import Installation


def never_answers(step: str, work: Work) -> Answer:
    """It may have arrived."""
    raise Unsure("no answer")


def unknown(here: Installation, host: Host) -> str:
    """Send something into the dark; its delivery."""
    here.endpoint("robot", "irreversible")
    here.witness.behaviours["robot"] = never_answers
    here.release("a", channels=("irreversible",))
    host.settle()
    assert here.states("a") == {"robot": ["unknown"]}
    here.witness.behaviours["robot"] = takes_it
    return str(here.store.read(lambda c: c.execute(select(part.c.delivery)).scalar_one()))


@pytest.mark.parametrize(
    ("decision", "state", "arrivals"),
    [(Decision.ARRIVED, "accepted", 0), (Decision.LOST, "failed", 0), (Decision.AGAIN, "delivered", 1)],
)
def test_what_a_person_says_becomes_the_outcome(
    here: Installation, host: Host, decision: Decision, state: str, arrivals: int
) -> None:
    name = unknown(here, host)
    host.settle()
    assert here.witness.at("robot") == [], "nothing is ever sent again by itself"
    here.store.write(lambda tx: decide(tx, here.outlets, name, 0, decision, why="查过了", by="测试"))
    host.settle()
    assert here.states("a") == {"robot": [state]}
    assert len(here.witness.at("robot")) == arrivals
    with pytest.raises(NotUnknown):
        here.store.write(lambda tx: decide(tx, here.outlets, name, 0, Decision.LOST, why="又想了想", by="测试"))
    assert here.states("a") == {"robot": [state]}


def test_what_was_corrected_meanwhile_is_not_sent_once_more(here: Installation, host: Host) -> None:
    name = unknown(here, host)
    here.release("a", channels=("irreversible",), number=2)
    host.settle()
    here.store.write(lambda tx: decide(tx, here.outlets, name, 0, Decision.AGAIN, why="没到", by="测试"))
    host.settle()
    assert here.witness.sequences("robot", "a") == [2]
    assert here.states("a") == {"robot": ["superseded", "delivered"]}
