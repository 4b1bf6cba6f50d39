"""While the machine's clock is doubted, nothing leaves that cannot be called back; everything else goes on."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from channels.base import Answer, NotYet, Work
from notices.notice import Urgency
from streams import clock_trust
from streams.clock_trust import JUMP
from streams.recover import sweep
from tests.streams.doubles import takes_it
from tests.streams.hosts import LIMIT, Host
from tests.streams.installation import Installation
from tests.streams.test_engine_conformance import settle_for

BOTH = ("irreversible", "keyed")
STATIONS = ("start-1", "start-1-a", "start-1-b")  # of the hosts' workers
PUTS = pytest.mark.parametrize("put", [86_400, -7_200], ids=["a day on", "two hours back"])


@pytest.fixture
def hour(here: Installation, host: Host) -> datetime:
    """Before which the phones take nothing, tomorrow; one text waits for it, and the machine's clock is known."""
    here.endpoint("phones", "irreversible")
    here.endpoint("daily", "keyed")
    opens = here.clock.now() + timedelta(hours=23)

    def at_its_hour(step: str, work: Work) -> Answer:
        first = work.message.subject == "first"
        return NotYet(opens, "quiet") if first and here.clock.now() < opens else takes_it(step, work)

    here.witness.behaviours["phones"] = at_its_hour
    here.release("first", channels=BOTH)
    host.settle()
    assert here.states("first") == {"daily": ["delivered"], "phones": ["planned"]}
    for station in STATIONS:
        clock_trust.look(here.store, station)
    return opens


def asked(here: Installation) -> int:
    """How often the phones were spoken to."""
    return sum(one.endpoint == "phones" for one in here.witness.tried)


def confirm(here: Installation) -> None:
    """A person vouches for the clock of every worker."""
    for station in STATIONS:
        here.store.write(partial(clock_trust.confirm, station=station, by="测试"))


@pytest.mark.usefixtures("hour")
@PUTS
def test_what_cannot_be_called_back_waits_until_a_person_confirms_the_clock(
    here: Installation, host: Host, put: float
) -> None:
    before = asked(here)
    here.clock.put(put)
    here.release("second", channels=BOTH)
    host.settle()
    settle_for(here, host, 60)
    assert asked(here) == before, "neither what fell due by the jump nor what is new"
    assert here.states("second") == {"daily": ["delivered"], "phones": ["planned"]}
    confirm(here)
    settle_for(here, host, 5)
    assert here.states("second")["phones"] == ["delivered"]
    assert here.states("first")["phones"] == ["delivered" if put > 0 else "planned"], "its hour came, or did not yet"


@PUTS
def test_a_clock_that_is_put_right_again_lets_each_go_at_its_hour(
    here: Installation, host: Host, hour: datetime, put: float
) -> None:
    here.clock.put(put)
    here.release("second", channels=BOTH)
    settle_for(here, host, 60)
    sweep(here.store, here.outlets, limit=LIMIT)
    here.clock.put(-put)
    sweep(here.store, here.outlets, limit=LIMIT)
    settle_for(here, host, 10)
    assert here.states("second")["phones"] == ["delivered"]
    assert here.states("first")["phones"] == ["planned"]
    here.clock.set(hour)
    settle_for(here, host, 5)
    assert here.states("first")["phones"] == ["delivered"]
    assert len(here.witness.sequences("phones", "second")) == 1


@pytest.mark.usefixtures("hour")
def test_nothing_is_given_up_for_a_time_that_nobody_believes(here: Installation, host: Host) -> None:
    """A text that is good until this evening is not lost by a clock that somebody put on for a minute."""
    here.clock.put(-JUMP.total_seconds() - 1)
    here.release("second", channels=BOTH, said={"expires_at": here.clock.now() + timedelta(hours=8)})
    host.settle()
    here.clock.put(86_400)
    settle_for(here, host, 30)
    assert here.states("second")["phones"] == ["planned"]
    sweep(here.store, here.outlets, limit=LIMIT)
    here.clock.put(JUMP.total_seconds() + 1 - 86_400)
    sweep(here.store, here.outlets, limit=LIMIT)
    settle_for(here, host, 120)
    assert here.states("second")["phones"] == ["delivered"]


@pytest.mark.usefixtures("hour")
def test_an_emergency_waits_for_no_hour(here: Installation, host: Host) -> None:
    here.clock.put(-7_200)
    here.release("flood", channels=BOTH, said={"urgency": Urgency.EMERGENCY})
    host.settle()
    assert here.states("flood") == {"daily": ["delivered"], "phones": ["delivered"]}


def urgent(here: Installation, subject: str, *, number: int = 1) -> None:
    """Release an emergency that is good for an hour."""
    said = {"urgency": Urgency.EMERGENCY, "expires_at": here.clock.now() + timedelta(hours=1), "sequence": number}
    here.release(subject, channels=("irreversible",), number=number, said=said)


@pytest.mark.usefixtures("hour")
@pytest.mark.parametrize("how", ["confirmed", "put right"])
def test_an_emergency_is_not_given_up_for_a_time_that_nobody_believes(here: Installation, host: Host, how: str) -> None:
    """The clock is a day on; whoever confirms it says so, and then what is really over is dropped."""
    urgent(here, "flood")
    here.clock.put(86_400)
    settle_for(here, host, 30)
    assert here.states("flood")["phones"] == ["planned"]
    assert not here.witness.sequences("phones", "flood"), "nor is it sent: it may be over"
    if how == "confirmed":
        confirm(here)
    else:
        sweep(here.store, here.outlets, limit=LIMIT)
        here.clock.put(-86_400)
        sweep(here.store, here.outlets, limit=LIMIT)
    settle_for(here, host, 120)
    assert here.states("flood")["phones"] == ["expired" if how == "confirmed" else "delivered"]


@pytest.mark.usefixtures("hour")
def test_emergencies_behind_those_that_are_kept_go_out(here: Installation, host: Host) -> None:
    for number in range(6):  # more than a turn looks at
        urgent(here, f"flood-{number}")
    here.clock.put(86_400)
    urgent(here, "fire")
    settle_for(here, host, 30)
    assert here.states("fire")["phones"] == ["delivered"]
    assert all(here.states(f"flood-{number}")["phones"] == ["planned"] for number in range(6))


@pytest.mark.usefixtures("hour")
def test_an_emergency_does_not_wait_behind_an_older_of_its_subject_that_seems_over(
    here: Installation, host: Host
) -> None:
    urgent(here, "flood")
    here.clock.put(86_400)
    urgent(here, "flood", number=2)
    settle_for(here, host, 30)
    assert here.witness.sequences("phones", "flood") == [2]
    assert here.states("flood")["phones"] == ["expired", "delivered"]


@pytest.mark.usefixtures("hour")
def test_a_clock_that_somebody_keeps_holds_nothing(
    here: Installation, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.clock, "is_synchronised", lambda: True)
    here.clock.put(86_400)
    settle_for(here, host, 5)
    assert here.states("first")["phones"] == ["delivered"]


@pytest.mark.usefixtures("hour")
def test_a_small_step_of_the_clock_holds_nothing(here: Installation, host: Host) -> None:
    here.clock.put(20)
    here.release("second", channels=BOTH)
    host.settle()
    assert here.states("second")["phones"] == ["delivered"]
