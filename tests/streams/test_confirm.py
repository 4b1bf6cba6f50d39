"""A person says that it hangs."""

import pytest
from sqlalchemy import select

from channels.base import Accepted, Answer, Work
from streams.confirm import NotReady, confirm
from streams.store.tables import delivery
from tests.streams.hosts import Host
from tests.streams.installation import Installation


def lies_ready(step: str, work: Work) -> Answer:
    """The file is written, and that is all a program can say."""
    return Accepted(note="put it up")


def newest(here: Installation) -> str:
    """The delivery of the newest message."""
    wanted = select(delivery.c.id).order_by(delivery.c.subject_sequence.desc()).limit(1)
    return str(here.store.read(lambda c: c.execute(wanted).scalar_one()))


def said(here: Installation, name: str) -> None:
    here.store.write(lambda tx: confirm(tx, here.outlets, name, where="大厅东墙", by="林晓"))


def test_what_a_person_put_up_is_delivered_and_its_correction_waits_anew(here: Installation, host: Host) -> None:
    here.endpoint("hall", "human")
    here.witness.behaviours["hall"] = lies_ready
    here.release("a", channels=("human",))
    host.settle()
    assert here.states("a") == {"hall": ["accepted"]}
    said(here, newest(here))
    host.settle()
    assert here.states("a") == {"hall": ["delivered"]}
    cause = here.store.read(lambda c: c.execute(select(delivery.c.cause)).scalar_one())
    assert "大厅东墙" in cause
    assert "林晓" in cause
    with pytest.raises(NotReady):
        said(here, newest(here))
    here.release("a", channels=("human",), number=2)
    host.settle()
    assert here.states("a") == {"hall": ["delivered", "accepted"]}
    said(here, newest(here))
    host.settle()
    assert here.states("a") == {"hall": ["delivered", "delivered"]}
    assert len(here.witness.at("hall")) == 2, "nothing is made again"


def test_only_a_wall_is_a_persons_to_confirm(here: Installation, host: Host) -> None:
    here.endpoint("daily")
    here.witness.behaviours["daily"] = lies_ready
    here.release("a")
    with pytest.raises(NotReady):
        said(here, "nothing")
    host.settle()
    with pytest.raises(NotReady):
        said(here, newest(here))
    assert here.states("a") == {"daily": ["accepted"]}
