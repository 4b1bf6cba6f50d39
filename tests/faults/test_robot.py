"""What a robot has said cannot be taken back: whatever goes wrong, a group is shown nothing twice, and ``unknown`` is
exactly what its own file cannot exclude."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.base import Outcome
from channels.http.rules import rules
from config.clock import DrivenClock
from producers.publish import Published
from sandbox.wecom import PATH, PER_MINUTE
from streams.disable import enable
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Ground, Outlet, Town, opened, prepared, tell

GROUP = "gongzuoqun"
DEADLINE = 0.4  # seconds of real time until an answer is given up


class Died(BaseException):
    """The process is gone."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("robot")


@pytest.fixture(scope="module")
def at(folder: Path) -> Iterator[Partners]:
    DrivenClock(DrivenClock().now(), file=folder / "clock")
    with partners(folder, (), clock=folder / "clock", robots=(GROUP,)) as running:
        yield running


@pytest.fixture
def ground(tmp_path: Path, folder: Path, at: Partners, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """An office with a group; answers are not waited for as long as in earnest."""
    monkeypatch.setattr("channels.http.client.rules", lambda: replace(rules(), total=DEADLINE))
    tell(at, how="well")
    clock = DrivenClock(file=folder / "clock")
    clock.advance(61)  # another minute: what was said before counts no more
    options = {"secret": GROUP, "origin": f"http://127.0.0.1:{at.port}"}
    with prepared(tmp_path / "home", clock, [Outlet(GROUP, "wecom", options=options)], partners=at) as made:
        yield made


def say(town: Town, title: str) -> Published:
    """Publish a notice to the group."""
    return town.publish(title, channels=("wecom",))


def shown(town: Town, title: str) -> int:
    """How often the group was shown a notice."""
    assert town.partners is not None
    return sum(f"**{title}**" in content for content in town.partners.shown(GROUP))


def outcome(town: Town, done: Published) -> list[str]:
    return town.outcomes(done)[GROUP]


REACHED: dict[str, dict[str, Any]] = {
    "slow": {"how": "slow", "seconds": 30},
    "reset": {"how": "reset"},
    "drop": {"how": "drop"},
    "drip": {"how": "drip", "seconds": 30},
    "502 after": {"how": "after", "status": 502},
}


def test_what_reached_the_group_without_an_answer_is_unknown_and_never_said_again(ground: Ground) -> None:
    with opened(ground) as town:
        for name, command in REACHED.items():
            town.tell(GROUP, **command, times=1)
            done = say(town, f"结果不明 {name}")
            town.settle(7_200, step=1_800)
            assert outcome(town, done) == [Outcome.UNKNOWN], name
            assert shown(town, f"结果不明 {name}") == 1, name
            after = say(town, f"后来的 {name}")
            town.settle()
            assert outcome(town, after) == [Outcome.ACCEPTED], f"what comes behind {name} goes on"


def test_what_surely_reached_nobody_is_said_again_until_it_is_shown_once(ground: Ground) -> None:
    with opened(ground) as town:
        for number, code in enumerate(("45009", "45033")):
            town.tell(GROUP, how="code", code=code, times=2)
            done = say(town, f"没有收下 {number}")
            town.settle()
            assert outcome(town, done) == [Outcome.PLANNED]
            assert shown(town, f"没有收下 {number}") == 0
            town.settle(240, step=15)
            assert outcome(town, done) == [Outcome.ACCEPTED]
            assert shown(town, f"没有收下 {number}") == 1


def test_a_robot_that_is_busy_is_not_told_again(ground: Ground) -> None:
    """系统繁忙 does not say that the group was shown nothing."""
    with opened(ground) as town:
        town.tell(GROUP, how="code", code="-1", times=1)
        done = say(town, "系统繁忙")
        town.settle(7_200, step=1_800)
        assert outcome(town, done) == [Outcome.UNKNOWN]
        assert shown(town, "系统繁忙") == 0
        (cause,) = town.causes(GROUP)
        assert "到群里看一看" in cause


def test_more_than_a_minute_bears_are_all_shown_once_and_in_order(ground: Ground, at: Partners) -> None:
    titles = [f"一分钟的第{number}件" for number in range(4)]
    others = {"msgtype": "text", "text": {"content": "别的程序也用这个机器人"}}
    key = (at.secrets / GROUP).read_text().strip()
    for _ in range(PER_MINUTE - 2):
        requests.post(f"http://127.0.0.1:{at.port}{PATH}", params={"key": key}, json=others, timeout=10)
    with opened(ground) as town:
        done = [say(town, title) for title in titles]
        town.settle()
        assert [shown(town, title) for title in titles] == [1, 1, 0, 0]
        town.settle(120, step=15)
        assert [shown(town, title) for title in titles] == [1, 1, 1, 1]
        assert {tuple(outcome(town, one)) for one in done} == {(Outcome.ACCEPTED,)}
    told = [title for content in at.shown(GROUP) for title in titles if f"**{title}**" in content]
    assert told == titles


def test_a_wrong_key_disables_the_endpoint_keeps_what_waits_and_tells_nobody_the_key(ground: Ground) -> None:
    file = ground.home / "secrets" / GROUP
    right = file.read_text()
    with opened(ground) as town:
        file.write_text("693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa")
        done = say(town, "密钥不对")
        town.settle()
        assert outcome(town, done) == [Outcome.PARKED]
        (cause,) = town.causes(GROUP)
        assert "93000" in cause
        assert "693a91f6" not in cause
        file.write_text(right)  # read again without a restart
        town.house.store.write(lambda tx: enable(tx, GROUP, by=BY))
        town.settle(60)
        assert outcome(town, done) == [Outcome.ACCEPTED]
        assert shown(town, "密钥不对") == 1
    store = b"".join(one.read_bytes() for one in ground.home.glob("*.sqlite*"))
    assert GROUP.encode() in store
    assert not any(key in store for key in (right.strip().encode(), b"693a91f6"))


@pytest.mark.parametrize("sent", [False, True], ids=["before it left", "after it left"])
def test_who_dies_between_intent_and_outcome_leaves_it_to_a_person(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    """A crash before the message left looks the same to the next start: it guesses nothing either way."""
    title = f"死在途中 {sent}"

    def dies(*_: object) -> None:
        raise Died

    with opened(ground) as town:
        done = say(town, title)
        with monkeypatch.context() as patched:
            patched.setattr("channels.wecom.judge" if sent else "channels.wecom.Channel._key", dies)
            with pytest.raises(Died):
                town.settle()
        assert shown(town, title) == int(sent)
    with opened(ground) as again:
        again.settle(86_400, step=3_600)
        assert outcome(again, done) == [Outcome.UNKNOWN]
        assert shown(again, title) == int(sent)


def test_a_correction_and_a_withdrawal_follow_what_nobody_can_be_sure_of(ground: Ground) -> None:
    """The group may have it: so it is told that it does not hold."""
    with opened(ground) as town:
        town.tell(GROUP, how="reset", times=1)
        done = say(town, "不明之后")
        town.settle()
        town.correct(done, "不明之后", note="更正了。", added="补充。", channels=("wecom",))
        town.settle(120)
        town.withdraw(done, reason="重复公开。")
        town.settle(120)
        assert outcome(town, done) == [Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.ACCEPTED]
        assert shown(town, "不明之后") == 3
