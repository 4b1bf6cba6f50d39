"""Pushing: the approved article once more, to every follower once, whatever is lost; and taken away again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.base import Accepted, Delivered, Outcome, Work
from channels.wechat import Channel
from channels.wechat.pushing import key_of
from tests.channels.wechat.account import Notice, deliver, drafts, standing, work
from tests.sandbox.wechat.platform import APPID, Platform

MINUTE = 60.0


@pytest.fixture(autouse=True)
def many(there: Platform, here: Channel) -> None:
    """As many pushes a day as the tests need."""
    there.happen("quota", of="mass", amount=10_000)
    there.happen("quota", of="delete", amount=10_000)
    there.happen("mass_protected", on=False)


def published(here: Channel, there: Platform, notice: Notice) -> Work:
    """The first version of ``notice`` published: its work as the ledger keeps it."""
    todo, scratch = work(here, notice.release()), dict[str, Any]()
    for number in range(1, 50):
        now = replace(todo, scratch=scratch, attempt=number)
        answer = here.send(here.next_step(now), now)
        scratch = {**scratch, **getattr(answer, "scratch", {})}
        if isinstance(answer, Delivered):
            return replace(todo, scratch=scratch, attempt=number + 1)
        if isinstance(answer, Accepted) and answer.ask_again_at:
            there.clock.set(answer.ask_again_at)
    raise AssertionError("never published")


def key(of: Work) -> str:
    return key_of(of.message.subject, of.message.sequence, APPID, 0)


def pushes(there: Platform, of: Work) -> list[dict[str, Any]]:
    """What the account pushed of it, from its own journal."""
    return [entry for entry in there.did("mass") if entry["clientmsgid"] == key(of)]


def test_what_is_pushed_is_the_approved_article_to_the_letter(there: Platform, here: Channel) -> None:
    done = published(here, there, Notice("push0001", illustrated=True))
    submitted = [entry["article"] for entry in there.did("draft")][-1]
    said = here.push(done, key(done), here.tools.clock.now(), doubted=False)
    assert said.outcome is Outcome.ACCEPTED, "being sent"
    (sent,) = pushes(there, done)
    assert sent["article"] == submitted
    assert said.reference == str(sent["msg_id"])
    there.clock.advance(3)
    assert here.asked(said.reference).outcome is Outcome.DELIVERED
    assert standing(there, done.message) == [1], "the published one stands"
    assert drafts(there, done.message) == []


@pytest.mark.parametrize("how", [{"how": "drop"}, {"how": "reset"}, {"how": "after", "status": 502}])
def test_an_answer_that_was_lost_is_found_out_and_alerts_nobody_twice(
    there: Platform, here: Channel, how: dict[str, Any]
) -> None:
    done = published(here, there, Notice(f"lost{how['how']}1"))
    there.misbehave(at="message/mass/sendall", times=1, **how)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.UNKNOWN
    assert here.push(done, key(done), here.tools.clock.now(), doubted=True).outcome is Outcome.UNKNOWN, (
        "within a minute it says neither"
    )
    there.clock.advance(MINUTE)
    said = here.push(done, key(done), here.tools.clock.now(), doubted=True)
    (sent,) = pushes(there, done)
    assert (said.outcome, said.reference) == (Outcome.DELIVERED, str(sent["msg_id"]))
    assert drafts(there, done.message) == [], "the draft that was made in vain is gone"


@pytest.mark.parametrize("how", [{"how": "code", "code": "-1"}, {"how": "status", "status": 503}])
def test_what_may_have_been_taken_is_unknown_and_goes_at_the_next_try(
    there: Platform, here: Channel, how: dict[str, Any]
) -> None:
    done = published(here, there, Notice(f"busy{how['how']}1"))
    there.misbehave(at="message/mass/sendall", times=1, **how)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.UNKNOWN
    assert pushes(there, done) == []
    assert here.push(done, key(done), here.tools.clock.now(), doubted=True).outcome is Outcome.ACCEPTED
    assert len(pushes(there, done)) == 1
    assert drafts(there, done.message) == [], "the same draft served twice"


def test_without_a_slot_it_is_refused_and_in_doubt_that_says_nothing(there: Platform, here: Channel) -> None:
    done = published(here, there, Notice("noslot01"))
    there.happen("quota", of="mass", amount=0)
    said = here.push(done, key(done), here.tools.clock.now(), doubted=False)
    assert said.outcome is Outcome.REFUSED
    assert "45028" in said.cause
    assert here.push(done, key(done), here.tools.clock.now(), doubted=True).outcome is Outcome.UNKNOWN
    assert drafts(there, done.message) == [1], "kept for the next try"
    there.happen("quota", of="mass", amount=10_000)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.ACCEPTED
    assert drafts(there, done.message) == []


@pytest.mark.parametrize("slept", [121.0, 2 * 86_400.0, -1.0])
@pytest.mark.parametrize("doubted", [True, False])
def test_who_slept_over_it_sends_nothing(there: Platform, here: Channel, slept: float, *, doubted: bool) -> None:
    done = published(here, there, Notice(f"slept{abs(slept):.0f}{doubted}"[:8].ljust(8, "0")))
    began = here.tools.clock.now() - timedelta(seconds=slept)
    said = here.push(done, key(done), began, doubted=doubted)
    assert said.outcome is (Outcome.UNKNOWN if doubted else Outcome.REFUSED)
    assert pushes(there, done) == []


def test_what_fails_before_it_is_sent_is_surely_not_sent(there: Platform, here: Channel) -> None:
    done = published(here, there, Notice("nodraft1"))
    there.misbehave(at="draft/add", how="drop", times=1)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.REFUSED
    assert pushes(there, done) == []


def test_a_token_that_was_ended_is_renewed(there: Platform, here: Channel) -> None:
    done = published(here, there, Notice("token001"))
    there.happen("token_invalidated", fault=42001)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("leaves", ["", "gone", "banner"])
def test_a_correction_or_withdrawal_takes_the_pushed_page_away(there: Platform, here: Channel, leaves: str) -> None:
    notice = Notice(f"gone{leaves[:1] or 'c'}001")
    done = published(here, there, notice)
    said = here.push(done, key(done), here.tools.clock.now(), doubted=False)
    there.clock.advance(3)
    end, _ = deliver(here, there, work(here, notice.withdraw(leaves) if leaves else notice.correct()))
    assert isinstance(end, Delivered)
    assert [entry["msg_id"] for entry in there.did("unmass")][-1:] == [int(said.reference)]
    count = len(there.did("unmass"))
    deliver(here, there, work(here, notice.withdraw("gone")))
    assert len(there.did("unmass")) == count, "once"


@pytest.mark.parametrize(("happens", "deleted"), [("mass_confirmed", 1), ("mass_refused", 0)])
def test_a_withdrawal_waits_for_what_cannot_be_stopped(
    there: Platform, here: Channel, happens: str, deleted: int
) -> None:
    notice = Notice(f"wait{deleted}001")
    done = published(here, there, notice)
    there.happen("mass_protected")
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.ACCEPTED
    before, asked = len(there.did("unmass")), list[str]()

    def confirms(number: int, step: str) -> None:
        asked.append(step)
        if asked.count("delete") == 3:
            there.happen(happens)
            there.clock.advance(3)

    end, _ = deliver(here, there, work(here, notice.withdraw("gone")), before=confirms)
    assert isinstance(end, Delivered)
    assert len(there.did("unmass")) - before == deleted


def test_a_push_whose_answer_was_lost_is_waited_for_by_a_withdrawal(there: Platform, here: Channel) -> None:
    """Somebody finds out while the withdrawal looks again; then the page goes."""
    notice = Notice("lostgone")
    done = published(here, there, notice)
    there.misbehave(at="message/mass/sendall", how="drop", times=1)
    assert here.push(done, key(done), here.tools.clock.now(), doubted=False).outcome is Outcome.UNKNOWN
    looks = list[str]()

    def finds_out(number: int, step: str) -> None:
        looks.append(step)
        if looks.count("look") == 3:
            there.clock.advance(MINUTE)
            assert here.push(done, key(done), here.tools.clock.now(), doubted=True).reference

    before = len(there.did("unmass"))
    deliver(here, there, work(here, notice.withdraw("gone")), before=finds_out)
    assert len(there.did("unmass")) - before == 1
