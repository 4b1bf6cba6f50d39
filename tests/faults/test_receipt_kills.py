"""Kill loop: who sends texts is killed while it sends, looks up what nobody saw and asks for receipts, and so is who
takes what the vendors post. What is known in the end of every number is what the vendors' own files say, and no more.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from channels.base import Outcome
from channels.sms.options import VENDORS
from config.clock import DrivenClock
from producers.house import House, house
from streams.store.tables import attempt, delivery, part, reached
from tests.faults import texts
from tests.faults.rig import Partners, partners
from tests.faults.servers import Servers, listener
from tests.faults.storm import start
from tests.journeys.phones import TOKEN
from tests.journeys.town import Town, furnish, tell
from tests.producers.serve.processes import free_ports
from tests.waiting import until

SOAK = "GONGKAI_SOAK" in os.environ
MANY = 720 if SOAK else 72  # numbers, of two notices at two vendors
BATCH = 9  # in one request
MORE = ("ask", "look") * 10 if SOAK else ()
DEATHS = {"spoken of": ("send", "send", "look", "ask", *MORE), "silence": ("send", "ask", *MORE)}  # at which steps
LOOK = 0.02  # seconds between two looks at what is under way
SENDS, QUESTIONS = 3, 2  # requests at each vendor, questions at any: at the last of them or later somebody dies
SOON, LATE = 1.0, 1_200.0  # seconds by the clock, from what the carrier says until it is posted
PACE = 5.0  # seconds by the clock between two looks, while all that is left is that posts come again
PATIENCE = 150.0  # seconds of real time, until what is waited for will not come
SLOW = 0.3  # seconds of real time that a vendor takes for an answer, while somebody is to die looking up
QUERIES = {"aliyun": "QuerySendDetails", "tencent": "PullSmsSendStatusByPhoneNumber"}
KEY = "huidiao"
FAILS = {"aliyun": "MOBILE_OFF", "tencent": "UNDELIV"}
NOBODY_SAW: Mapping[str, Mapping[str, Mapping[str, Any]]] = {  # by notice: one request taken, one that was not
    "先发的": {"aliyun": {"how": "status", "status": 503}, "tencent": {"how": "reset"}},
    "后发的": {"aliyun": {"how": "reset"}, "tencent": {"how": "status", "status": 503}},
}
TWICE: Mapping[str, Any] = {"times": 2, "order": "mixed", "after": SOON}
NEVER: Mapping[str, Any] = {"posted": False}
OVERDUE: Mapping[str, Any] = {"times": 3, "order": "reversed", "after": LATE}
MANNERS = {"aliyun": (TWICE, NEVER, OVERDUE), "tencent": (NEVER, TWICE, OVERDUE)}  # of posts, by and by
WORKER = """
import sys
from pathlib import Path
from channels.sms import asking
from tests.faults.worker import run
# a part is asked after in several steps, and by two rounds more: the days of all of them show nothing else
asking.AT_ONCE, asking.ROUNDS = 5, asking.ROUNDS[:2]
run(Path(sys.argv[1]))
"""

pytestmark = pytest.mark.timeout(7_200 if SOAK else 600)


@dataclass
class Office:
    """The office that texts, the vendors, and those who are killed."""

    house: House
    town: Town
    at: Partners
    file: Path  # of the clock
    port: int
    servers: Servers

    def carrier(self, vendor: str, *, posted: bool = True, **manner: Any) -> int:
        """Let the carrier speak of every text that it has not spoken of; of how many that was."""
        to = f"http://127.0.0.1:{self.port}/sms/{vendor}/{TOKEN}/receipts" if posted else ""
        command = {"to": to, "patience": 20, "batch": 3, "outcomes": outcomes(vendor)} | manner
        answer = requests.post(f"http://127.0.0.1:{self.at.port}/sms/{vendor}/receipts", json=command, timeout=60)
        answer.raise_for_status()
        return int(answer.json()["receipts"])

    def lives(self, step: str = "") -> None:
        """Whoever sends lives until he is at such a ``step``, which is his death, or nothing is due any more."""
        begun, pause = newest(self.house), threading.Event()
        if step == "look":  # one of a few milliseconds would be over between two looks at what is under way
            for vendor, interface in QUERIES.items():
                tell(self.at, partner=vendor, at=interface, how="slow", seconds=SLOW)
        sender = start(self.house.home, self.file, WORKER)
        try:
            while not (step and is_at(self.house, step, begun)) and (due := texts.next_due(self.house)):
                assert sender.poll() is None, "it ended by itself"
                now = self.town.clock.now()
                self.town.clock.set(max(due, now + timedelta(seconds=LOOK)))  # no leap while a request is under way
                pause.wait(LOOK)
        finally:
            sender.kill()
            sender.wait()
            assert sender.stdout is not None
            sender.stdout.close()
            if step == "look":
                tell(self.at, how="well")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Everybody is there but who sends."""
    port, file = free_ports(2), tmp_path / "clock"
    clock = DrivenClock(DrivenClock().now(), file=file)
    texts.register(tmp_path / "inboxes")
    with partners(tmp_path, (), clock=file) as at:
        changes: dict[str, Any] = {"batch": BATCH, "callbacks": KEY, "quiet_from": "00:00", "quiet_to": "00:00"}
        furnish(tmp_path / "home", port, [texts.outlet(one, at.port, **changes) for one in VENDORS], partners=at)
        (tmp_path / "home" / "secrets" / KEY).write_text(TOKEN)
        with house(tmp_path / "home", clock) as here:
            texts.people(here, MANY)
            servers = Servers([partial(listener, here.home, port, file)])
            try:
                yield Office(here, Town(here, clock, at), at, file, port, servers)
            finally:
                servers.close()


def test_what_is_known_of_each_number_is_what_the_vendor_knows_whoever_is_killed(office: Office) -> None:
    here, at = office.house, office.at
    first, second = NOBODY_SAW
    publish(office, first)
    ways = spoken_of_meanwhile(office)
    until(partial(agrees, office), PATIENCE)
    publish(office, second)
    not_spoken_of(office)
    spoken_of_late(office)
    office.lives()  # a part whose last receipt is there ends

    totals, died, unseen = texts.check(here, at, texts.numbers(MANY)), deaths(here), unsettled(here)
    print(f"\n{MANY} numbers, {dict(died)}, {office.servers.kills} of who takes posts: {dict(totals)}, {dict(ways)}")  # noqa: T201  # the figures are wanted
    assert sum(totals.values()) == len(NOBODY_SAW) * len(VENDORS) * MANY
    assert set(totals) == {"delivered", "failed", "accepted", "(unknown)"}
    assert unseen == doubted(here, "tencent"), "whom the other vendor can tell of is none of them, and nobody else is"
    said = witnessed(at)
    assert told(here) == {of: state for of, state in said.items() if of[0] not in unseen}
    assert {mark in {of[0] for of in said} for mark in unseen} == {True, False}, "taken, and not"
    assert doubted(here, "aliyun"), "some that were looked up"
    assert set(died) == {"send", "look", "ask"}
    assert all(ways[vendor, posted] for vendor in VENDORS for posted in (True, False))


def publish(office: Office, title: str) -> None:
    """Publish a notice, of which each vendor's answer to one request will not be seen."""
    office.town.publish(title, channels=("sms",))
    while office.town.engine.run_stages():
        pass  # planned, not sent
    for vendor, conduct in NOBODY_SAW[title].items():
        tell(office.at, partner=vendor, at="SendSms", times=1, **conduct)


def spoken_of_meanwhile(office: Office) -> "Counter[tuple[str, bool]]":
    """All is sent and heard of, with deaths, while the carrier speaks: posted twice, never, or late in another order.

    Of how many texts of a vendor it spoke so that it was posted, or was not.
    """
    ways: Counter[tuple[str, bool]] = Counter()
    for number, step in enumerate(DEATHS["spoken of"]):
        office.lives(step)
        if step == "ask":
            office.servers.kill(0)  # while something of before is posted
        for vendor, manners in MANNERS.items():
            manner = manners[number % len(manners)]
            ways[vendor, manner.get("posted") is not False] += office.carrier(vendor, **manner)
    office.lives()
    return ways


def not_spoken_of(office: Office) -> None:
    """All is sent, and asked after in vain until nobody asks any more, with deaths."""
    for step in DEATHS["silence"]:
        office.lives(step)
    office.lives()


def spoken_of_late(office: Office) -> None:
    """Nobody asks any more: it is posted twice, and who takes it is killed when something was taken."""
    silent = states(office.house)[Outcome.ACCEPTED]
    for vendor in VENDORS:
        assert office.carrier(vendor, **TWICE)
    office.town.clock.advance(SOON)
    until(lambda: states(office.house)[Outcome.ACCEPTED] < silent, PATIENCE)
    office.servers.kill(0)
    until(partial(agrees, office), PATIENCE)


def agrees(office: Office) -> bool:
    """Whether of all but those whom nobody can tell of we know what the vendors know. Time passes meanwhile."""
    office.town.clock.advance(PACE)
    unseen = unsettled(office.house)
    return told(office.house) == {of: state for of, state in witnessed(office.at).items() if of[0] not in unseen}


# -- what is known ---------------------------------------------------------------------------------

Of = tuple[str, str]  # a part as both sides name it, and a number


def outcomes(vendor: str) -> dict[str, str]:
    """What the carrier says of some: it did not arrive, or nothing at all."""
    people = texts.numbers(MANY)
    return dict.fromkeys(people[::9], FAILS[vendor]) | dict.fromkeys(people[5::13], "")


def witnessed(at: Partners) -> dict[Of, str]:
    """What became of each text, as the vendors' files have it."""
    found: dict[Of, str] = {}
    for vendor in VENDORS:
        kept = [json.loads(line) for line in texts.lines(at, vendor)]
        said = {(one["serial"], one["number"]): one["well"] for one in kept if one["what"] == "receipt"}
        for one in kept:
            if one["what"] == "text":
                arrived = said.get((one["serial"], one["number"]))
                state = {True: Outcome.DELIVERED, False: Outcome.FAILED, None: Outcome.ACCEPTED}[arrived]
                found[one["mark"], one["number"]] = state
    return found


def told(here: House) -> dict[Of, str]:
    """The same, as it stands here."""
    people = texts.numbers(MANY)
    wanted = select(reached, delivery.c.each).join(delivery, delivery.c.id == reached.c.delivery)
    rows = here.store.read(lambda c: c.execute(wanted).all())
    return {(f"{row.delivery}.{row.place // row.each}", people[row.place]): row.state for row in rows}


def states(here: House) -> "Counter[str]":
    """How many recipients are in which state."""
    return Counter(told(here).values())


def unsettled(here: House) -> set[str]:
    """The parts that are left to a person."""
    wanted = select(part.c.delivery, part.c.number).where(part.c.state == Outcome.UNKNOWN)
    return {f"{row.delivery}.{row.number}" for row in here.store.read(lambda c: c.execute(wanted).all())}


def doubted(here: House, vendor: str) -> set[str]:
    """The parts that were sent to a vendor, whose answer nobody saw."""
    wanted = (
        select(attempt.c.delivery, attempt.c.part)
        .join(delivery, delivery.c.id == attempt.c.delivery)
        .where(delivery.c.endpoint == vendor, attempt.c.step == "send", attempt.c.outcome == Outcome.UNKNOWN)
    )
    return {f"{row.delivery}.{row.part}" for row in here.store.read(lambda c: c.execute(wanted).all())}


# -- what is under way -----------------------------------------------------------------------------


def newest(here: House) -> int:
    """The last attempt."""
    return here.store.read(lambda c: c.execute(select(func.max(attempt.c.id))).scalar()) or 0


def is_at(here: House, step: str, begun: int) -> bool:
    """Whether such a step is under way, and since the attempt ``begun`` it is not the first."""
    wanted = (
        select(delivery.c.endpoint, attempt.c.ended_at)
        .join(delivery, delivery.c.id == attempt.c.delivery)
        .where(attempt.c.id > begun, attempt.c.step == step)
    )
    rows = here.store.read(lambda c: c.execute(wanted).all())
    passed = Counter(row.endpoint for row in rows)
    least = min(passed[one] for one in VENDORS)
    enough = least >= SENDS if step == "send" else passed.total() >= QUESTIONS
    return enough and any(row.ended_at is None for row in rows)


def deaths(here: House) -> "Counter[str]":
    """By step, the attempts in the midst of which a worker died."""
    died = attempt.c.ended_at.is_(None) | (attempt.c.cause == "the worker died before the answer was seen")
    wanted = select(attempt.c.step, func.count()).where(died).group_by(attempt.c.step)
    return Counter({row[0]: row[1] for row in here.store.read(lambda c: c.execute(wanted).all())})
