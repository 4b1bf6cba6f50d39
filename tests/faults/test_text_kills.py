"""Kill loop: who sends texts to very many is killed at random; the vendors' own files are the witness."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.clock import DrivenClock
from producers.house import House, house
from streams.store.tables import part
from tests.faults import texts
from tests.faults.rig import partners
from tests.faults.storm import storm
from tests.journeys.town import Town, prepared

SOAK = "GONGKAI_SOAK" in os.environ
MANY = 100_000 if SOAK else 10_000
WORKER = """
import sys
from datetime import timedelta
from pathlib import Path
from channels.sms import Channel, asking, sending
from tests.faults.worker import run
# no receipts are asked for, and who cannot tell is asked once: many thousand questions are not what is tested here
sending.FIRST_ASKED = timedelta(days=30)
Channel.looks_up_after, asking.LOOKS = timedelta(minutes=16), ()
run(Path(sys.argv[1]))
"""
VENDORS = ("aliyun", "tencent")

pytestmark = [pytest.mark.timeout(7_200), pytest.mark.slow]


def test_no_number_has_it_twice_and_none_is_lost_though_who_sends_is_killed(tmp_path: Path) -> None:
    clock = DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    texts.register(tmp_path / "inboxes")
    with partners(tmp_path, (), clock=tmp_path / "clock") as at:
        outlets = [texts.outlet(vendor, at.port, quiet_from="00:00", quiet_to="00:00") for vendor in VENDORS]
        with prepared(tmp_path / "home", clock, outlets, partners=at) as ground, house(ground.home, clock) as here:
            people = texts.people(here, MANY)
            town = Town(here, clock, at)
            town.publish("很多人的通知", channels=("sms",))
            while town.engine.run_stages():
                pass  # planned, not sent
            kills = storm(here, clock, tmp_path / "clock", due, waiting, worker=WORKER)
            totals = texts.check(here, at, people)
            unknown = doubted(here)
    print(f"\n{MANY} numbers at {len(VENDORS)} vendors, {kills} kills: {dict(totals)}")  # noqa: T201  # the figure is wanted
    assert totals["accepted"] + totals["(unknown)"] == len(VENDORS) * MANY
    assert set(unknown) <= {"tencent"}, "the other vendor can tell"
    assert totals["(unknown)"] == unknown.get("tencent", 0) * 200, "whole requests"
    assert unknown.get("tencent", 0) <= kills
    assert kills


def due(here: House) -> datetime | None:
    """When the first part is due that is to be sent, or looked up where that leads to something."""
    told = (part.c.state != "unknown") | (part.c.endpoint == "aliyun")  # the other vendor cannot tell
    wanted = select(func.min(part.c.due_at)).where(part.c.state.in_(texts.WAITS), told)
    return here.store.read(lambda c: c.execute(wanted).scalar())


def waiting(here: House) -> int:
    """Parts of which nothing is known yet."""
    wanted = select(func.count()).select_from(part).where(part.c.state.in_(("planned", "sending")))
    return here.store.read(lambda c: c.execute(wanted).scalar_one())


def doubted(here: House) -> dict[str, int]:
    """Parts that are left to a person, by endpoint."""
    wanted = select(part.c.endpoint, func.count()).where(part.c.state == "unknown").group_by(part.c.endpoint)
    return {row[0]: row[1] for row in here.store.read(lambda c: c.execute(wanted).all())}
