"""A mail cannot be taken back: whatever goes wrong, none is taken twice; ``unknown`` is exactly what the file of the
server cannot exclude."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

from channels.base import Outcome
from channels.http.rules import rules
from config.clock import DrivenClock
from producers.publish import Published
from streams.disable import enable
from tests.faults.rig import Partners, partners
from tests.journeys.town import BY, Ground, Outlet, Town, opened, prepared, tell

LIST, ACCOUNT = "ban", "bangongshi"
TO = ["li@yunling.example", "wang@yunling.example"]
DEADLINE = 0.6  # seconds of real time until an answer is given up


class Died(BaseException):
    """The process is gone."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="module")
def at(folder: Path) -> Iterator[Partners]:
    DrivenClock(DrivenClock().now(), file=folder / "clock")
    with partners(folder, (), clock=folder / "clock", mail=(ACCOUNT,)) as running:
        yield running


@pytest.fixture
def ground(tmp_path: Path, folder: Path, at: Partners, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """An office with a list; answers are not waited for as long as in earnest."""
    monkeypatch.setattr("channels.smtp.client.rules", lambda: replace(rules(), total=DEADLINE))
    tell(at, how="well")
    options = {"server": "127.0.0.1", "port": at.mail_port, "tls": "none", "user": ACCOUNT, "secret": ACCOUNT}
    options |= {"sender": "gongkai@yunling.example", "to": TO}
    outlet = Outlet(LIST, "mail", options=options)
    with prepared(tmp_path / "home", DrivenClock(file=folder / "clock"), [outlet], partners=at) as made:
        yield made


def say(town: Town, title: str) -> Published:
    """Publish a notice to the list."""
    return town.publish(title, channels=("mail",))


def taken(town: Town, title: str) -> list[list[str]]:
    """The recipients of every mail that names a notice in its subject."""
    assert town.partners is not None
    mails = town.partners.mails(ACCOUNT)
    return [
        line["recipients"]
        for line in mails
        if title in str(message_from_string(line["message"], policy=policy.default)["Subject"])
    ]


def outcome(town: Town, done: Published) -> list[str]:
    return town.outcomes(done)[LIST]


REACHED: dict[str, dict[str, Any]] = {
    "slow": {"how": "slow", "seconds": 30},
    "reset": {"how": "reset"},
    "drop": {"how": "drop"},
    "drip": {"how": "drip", "seconds": 30},
}


def test_what_was_handed_in_without_an_answer_is_unknown_and_never_sent_again(ground: Ground) -> None:
    with opened(ground) as town:
        for name, command in REACHED.items():
            town.tell(ACCOUNT, **command, times=1)
            done = say(town, f"结果不明 {name}")
            town.settle(7_200, step=1_800)
            assert outcome(town, done) == [Outcome.UNKNOWN], name
            assert taken(town, f"结果不明 {name}") == [TO], name
        after = say(town, "后来的")
        town.settle()
        assert outcome(town, after) == [Outcome.ACCEPTED], "what comes behind goes on"


@pytest.mark.parametrize(
    "command",
    [{"how": "code", "code": "451"}, {"how": "code", "code": "421", "at": "greeting"}, {"how": "drop", "at": "data"}],
)
def test_what_surely_reached_nobody_is_sent_again_until_it_is_taken_once(
    ground: Ground, command: dict[str, Any]
) -> None:
    title = f"没有收下 {sorted(command.values())}"
    with opened(ground) as town:
        town.tell(ACCOUNT, **command, times=1)
        done = say(town, title)
        town.settle()
        assert (outcome(town, done), taken(town, title)) == ([Outcome.PLANNED], [])
        town.settle(240, step=15)
        assert (outcome(town, done), taken(town, title)) == ([Outcome.ACCEPTED], [TO])


def test_who_is_put_off_gets_it_later_and_the_other_only_once(ground: Ground) -> None:
    with opened(ground) as town:
        town.tell(ACCOUNT, how="code", code="450", at="recipient", numbers=[TO[1]], times=2)
        done = say(town, "灰名单")
        town.settle()
        assert taken(town, "灰名单") == [TO[:1]]
        town.settle(240, step=15)
        assert (outcome(town, done), taken(town, "灰名单")) == ([Outcome.ACCEPTED], [TO[:1], TO[1:]])


def test_a_wrong_password_disables_the_endpoint_keeps_what_waits_and_is_nowhere(ground: Ground) -> None:
    file = ground.home / "secrets" / ACCOUNT
    right = file.read_text()
    with opened(ground) as town:
        file.write_text("canary-wrong")
        done = say(town, "密码不对")
        town.settle()
        assert outcome(town, done) == [Outcome.PARKED]
        (cause,) = town.causes(LIST)
        assert "535" in cause
        file.write_text(right)  # read again without a restart
        town.house.store.write(lambda tx: enable(tx, LIST, by=BY))
        town.settle(60)
        assert (outcome(town, done), taken(town, "密码不对")) == ([Outcome.ACCEPTED], [TO])
    store = b"".join(one.read_bytes() for one in ground.home.glob("*.sqlite*"))
    assert LIST.encode() in store
    assert not any(password in store for password in (right.strip().encode(), b"canary"))


@pytest.mark.parametrize("sent", [False, True], ids=["before it left", "between the mail and its answer"])
def test_who_dies_between_intent_and_outcome_leaves_it_to_a_person(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    title = f"死在途中 {sent}"

    def dies(*_: object) -> None:
        raise Died

    with opened(ground) as town:
        done = say(town, title)
        with monkeypatch.context() as patched:
            patched.setattr("channels.mail.judge" if sent else "channels.mail.Channel._password", dies)
            with pytest.raises(Died):
                town.settle()
        assert len(taken(town, title)) == int(sent)
    with opened(ground) as again:
        again.settle(86_400, step=3_600)
        assert outcome(again, done) == [Outcome.UNKNOWN]
        assert len(taken(again, title)) == int(sent)


def test_a_correction_and_a_withdrawal_follow_what_nobody_can_be_sure_of(ground: Ground) -> None:
    with opened(ground) as town:
        town.tell(ACCOUNT, how="reset", times=1)
        done = say(town, "不明之后")
        town.settle()
        town.correct(done, "不明之后", note="更正了。", added="补充。", channels=("mail",))
        town.settle(120)
        town.withdraw(done, reason="重复公开。")
        town.settle(120)
        assert outcome(town, done) == [Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.ACCEPTED]
        assert taken(town, "不明之后") == [TO] * 3
