"""A text cannot be taken back: whatever goes wrong, no number has one twice, none is lost uncounted, and ``unknown`` is
exactly what the vendor's own file cannot exclude."""

import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.base import Outcome
from channels.http.rules import rules as http_rules
from channels.sms.rules import FAMILY, Means, Rule, rules
from config.clock import DrivenClock
from streams.disable import enable
from streams.store.tables import endpoint
from tests.faults import texts
from tests.faults.points import DEAD, Point, told
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Ground, Town, opened, prepared, tell

SOAK = "GONGKAI_SOAK" in os.environ
BATCH, PEOPLE = 4, 12
PARTS = PEOPLE // BATCH
SERIAL = count(1)
DEADLINE = 1.5  # seconds of real time until an answer is given up: longer than a busy machine takes for one
WHOLE = {"aliyun": True, "tencent": False}  # its fake proves absence, and what arrived

pytestmark = pytest.mark.timeout(3_600)


@pytest.fixture(scope="module", params=["aliyun", "tencent"])
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def at(vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """The vendor's fake, a process with its own file."""
    folder = tmp_path_factory.mktemp("vendors")
    DrivenClock(DrivenClock().now(), file=folder / "clock")
    texts.register(folder / "inboxes")
    with partners(folder, (), clock=folder / "clock") as running:
        yield running


@pytest.fixture(scope="module")
def ground(vendor: str, at: Partners, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An office with an audience of a dozen, four a request."""
    clock = DrivenClock(file=at.home.parent / "clock")
    outlets = [texts.outlet(vendor, at.port, batch=BATCH)]
    with prepared(tmp_path_factory.mktemp("office") / "home", clock, outlets, partners=at) as made:
        with opened(made) as town:
            texts.people(town.house, PEOPLE)
        yield made


@pytest.fixture
def town(ground: Ground, at: Partners, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """It is nine in the morning of another day; answers are not waited for as long as in earnest."""
    impatient(monkeypatch)
    tell(at, how="well")
    with opened(ground) as here:
        morning(here)
        yield here
        texts.check(here.house, at, texts.numbers(PEOPLE))


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is given up soon, and receipts are asked for once."""
    monkeypatch.setattr("channels.sms.asking.ROUNDS", ())
    monkeypatch.setattr("channels.http.client.rules", lambda: replace(http_rules(), total=DEADLINE))


def morning(town: Town) -> None:
    """Nothing waits any more, and no quiet hours begin soon."""
    texts.forward(town)
    town.clock.set(town.clock.now().replace(hour=1, minute=0))
    town.clock.advance(86_400)
    town.engine.run_until_idle()  # whose receipts are missing is asked for


def comes_to(town: Town, at: Partners, vendor: str, **conduct: Any) -> "Counter[str]":
    """What one notice comes to, at each number, when the vendor behaves so for the first request."""
    before = texts.check(town.house, at, texts.numbers(PEOPLE))
    if conduct:
        town.tell(vendor, **{"at": "SendSms", "times": 1} | conduct)
    town.publish(f"第{next(SERIAL)}件文本", channels=("sms",))
    town.settle(30)
    town.tell(vendor, how="well")
    if closed(town, vendor):
        town.house.store.write(lambda tx: enable(tx, vendor, by=BY))
    texts.forward(town)
    return texts.check(town.house, at, texts.numbers(PEOPLE)) - before


def closed(town: Town, vendor: str) -> bool:
    """Whether the endpoint waits for a person."""
    state = select(endpoint.c.state).where(endpoint.c.id == vendor)
    return bool(town.house.store.read(lambda c: c.execute(state).scalar_one()) == "disabled")


ALL = Counter({"accepted": PEOPLE})


def without(part: str) -> "Counter[str]":
    """One part came to that, the others were taken."""
    return Counter({"accepted": PEOPLE - BATCH, part: BATCH})


def doubted(vendor: str) -> "Counter[str]":
    """What becomes of a request whose answer nobody saw."""
    return ALL if WHOLE[vendor] else without("(unknown)")


WIRE: dict[str, tuple[dict[str, Any], Callable[[str], "Counter[str]"]]] = {
    "well": ({}, lambda _: ALL),
    "503": ({"how": "status", "status": 503}, doubted),
    "429": ({"how": "status", "status": 429, "retry_after": "3"}, lambda _: ALL),
    "403": ({"how": "status", "status": 403}, lambda _: ALL),
    "302": ({"how": "status", "status": 302, "location": "https://elsewhere.example/"}, lambda _: ALL),
    "204": ({"how": "status", "status": 204}, doubted),
    "drop": ({"how": "drop"}, doubted),
    "reset": ({"how": "reset"}, doubted),
    "slow": ({"how": "slow", "seconds": 5}, doubted),
    "drip": ({"how": "drip", "seconds": 5}, doubted),
    "502 after": ({"how": "after", "status": 502}, doubted),
}


@pytest.mark.parametrize("way", WIRE)
def test_every_way_the_wire_fails(town: Town, at: Partners, vendor: str, way: str) -> None:
    conduct, expected = WIRE[way]
    assert comes_to(town, at, vendor, **conduct) == expected(vendor)


def coded(vendor: str) -> dict[str, Rule]:
    """A code for each thing that follows from one; in the soak every code."""
    found: dict[str, Rule] = {}
    follows = set()
    for name, rule in rules(vendor).codes.items():
        code = name.removesuffix(FAMILY) + ("Else" if name.endswith(FAMILY) else "")
        what = rule.means, rule.final, rule.throttled
        if rule.means is not Means.TAKEN and (SOAK or what not in follows):
            found[code] = rule
            follows.add(what)
    return found


def test_every_code_told_for_the_request(town: Town, at: Partners, vendor: str) -> None:
    expected = {
        Means.AGAIN: ALL,
        Means.GONE: ALL,  # after a person has acted
        Means.NUMBER: ALL,  # it is divided
        Means.UNSURE: doubted(vendor),
    }
    for code, rule in coded(vendor).items():
        wanted = expected.get(rule.means, without("(refused)") if rule.final else ALL)
        assert comes_to(town, at, vendor, how="code", code=code) == wanted, code


def test_every_code_told_for_a_number(town: Town, at: Partners, vendor: str) -> None:
    for code, rule in coded(vendor).items():
        if WHOLE[vendor] and rule.means is not Means.NUMBER:
            continue  # it names no number: that was told for the request
        found = comes_to(town, at, vendor, how="code", code=code, numbers=[texts.numbers(PEOPLE)[1]])
        ends = {Means.UNSURE: "unknown", Means.NUMBER: "refused", Means.REFUSED: "refused"}
        once = rule.means in (Means.AGAIN, Means.GONE) or not (rule.final or rule.means is Means.UNSURE)
        wanted = ALL if once or WHOLE[vendor] else Counter({"accepted": PEOPLE - 1, ends[rule.means]: 1})
        assert found == wanted, code


@pytest.mark.parametrize("final", [True, False])
def test_a_number_that_is_refused_each_time_costs_nobody_else_his_text(
    town: Town, at: Partners, vendor: str, *, final: bool
) -> None:
    found = coded(vendor).items()
    code = next(code for code, rule in found if rule.means is Means.NUMBER and rule.final is final)
    town.tell(vendor, how="code", code=code, numbers=[texts.numbers(PEOPLE)[place] for place in (1, 2, 7)])
    before = texts.check(town.house, at, texts.numbers(PEOPLE))
    town.publish(f"三个号码不收 {final}", channels=("sms",))
    texts.forward(town)
    found_ = texts.check(town.house, at, texts.numbers(PEOPLE)) - before
    assert found_ == Counter({"accepted": PEOPLE - 3, "refused": 3})


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_key_that_is_revoked_and_put_right(town: Town, at: Partners, vendor: str, whose: str) -> None:
    file = (town.house.home / "secrets" if whose == "ours" else at.secrets) / f"sms-{vendor}"
    right, before = file.read_text(), texts.check(town.house, at, texts.numbers(PEOPLE))
    file.write_text("revoked")
    try:
        done = town.publish(f"密钥 {whose}", channels=("sms",))
        town.settle(30)
        assert town.outcomes(done)[vendor] == [Outcome.PARKED], town.causes(vendor)
        assert closed(town, vendor)
    finally:
        file.write_text(right)
    town.house.store.write(lambda tx: enable(tx, vendor, by=BY))
    texts.forward(town)
    assert texts.check(town.house, at, texts.numbers(PEOPLE)) - before == ALL
    assert not any("revoked" in cause for cause in town.causes(vendor))


# -- deaths ----------------------------------------------------------------------------------------


def story(ground: Ground, vendor: str, title: str) -> None:
    """Publish to everybody, and do all that is left to do. May be told again after a death."""
    with opened(replace(ground, listening=None)) as town:
        town.publish(title, channels=("sms",))  # the same file twice is one notice
        texts.forward(town)


def tells(ground: Ground, vendor: str, title: str, die_at: Point | None = None) -> tuple[int, Path]:
    """In a process of its own; its exit code, and where it left what it passed."""
    result = ground.home / "result"
    return told(lambda _: story(ground, vendor, title), result, die_at), result


def chosen(points: list[Point]) -> list[Point]:
    """All points in the soak; else around three requests, and around the commits that follow the first two answers.

    How many other commits there are in a turn is a matter of time: those cannot be counted on.
    """
    if SOAK:
        return points
    picked: list[Point] = []
    for label in dict.fromkeys(point.label for point in points):
        passages = [point for point in points if point.label == label]
        if label.startswith("request"):
            middle = len(passages) // 2
            picked += [*passages[:2], *passages[middle : middle + 2], *passages[-2:]]
        elif label.startswith("commit after an answer"):
            picked += passages[:4]
    return list(dict.fromkeys(picked))


def test_a_death_around_every_try(ground: Ground, at: Partners, vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number is refused (阿里云's requests are divided for it), and one answer is lost and looked up."""
    impatient(monkeypatch)
    people, code = (
        texts.numbers(PEOPLE),
        {"aliyun": "isv.MOBILE_NUMBER_ILLEGAL"}.get(vendor, "FailedOperation.PhoneNumberInBlacklist"),
    )
    tell(at, how="code", partner=vendor, code=code, numbers=[people[1]])
    with opened(ground) as town:
        morning(town)
    for title in ("先前的", "谁也没死"):
        ended, result = tells(ground, vendor, title)
        assert ended == 0, result.read_text()
        with opened(ground) as town:
            morning(town)
    points = chosen(pickle.loads(result.read_bytes()))
    assert {point.label.partition(" at ")[0] for point in points} >= {"request", "commit after an answer"}
    for number, point in enumerate(points):
        with opened(ground) as town:
            morning(town)
            before = texts.check(town.house, at, people)
        title = f"死在第{number}处"
        ended, result = tells(ground, vendor, title, point)
        assert ended == DEAD, f"{point}: it ended with {ended}"
        ended, result = tells(ground, vendor, title)
        assert ended == 0, result.read_text()
        with opened(ground) as town:
            found = texts.check(town.house, at, people) - before
        assert sum(found.values()) == PEOPLE, point
        if WHOLE[vendor]:
            assert found == Counter({"accepted": PEOPLE - 1, "refused": 1}), point
        else:
            unknown = found["(unknown)"]
            assert unknown in (0, BATCH), f"{point}: one request at most is in doubt"
            assert found["accepted"] + found["refused"] == PEOPLE - unknown, point
