"""What comes out late: twins, old versions, articles that were overtaken. In the end the newest stands, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.base import Accepted, Delivered, NeverFound, Refused, Work
from channels.wechat import Channel
from tests.channels.wechat.account import Notice, deliver, drafts, published, standing, work
from tests.sandbox.wechat.platform import Platform

HOUR = 3600.0


class Ended(Exception):
    """Nobody goes on with a delivery: it was superseded, or its time was over."""


@pytest.fixture(autouse=True)
def patient(there: Platform, here: Channel) -> None:
    """Many articles a day; each is an hour in review."""
    for quota in ("delete", "submit"):
        there.happen("quota", of=quota, amount=10_000)
    there.happen("publications_end", ending={"seconds": HOUR})


def at(step: str, nth: int, act: Callable[[], object]) -> Callable[[int, str], None]:
    """``act`` before the step is tried for the ``nth`` time."""
    tried: list[str] = []

    def before(number: int, now: str) -> None:
        tried.append(now)
        if now == step and tried.count(step) == nth:
            act()

    return before


def ends() -> None:
    raise Ended


def ended(here: Channel, there: Platform, todo: Work, step: str, nth: int) -> None:
    """The delivery until that, and no further."""
    with pytest.raises(Ended):
        deliver(here, there, todo, before=at(step, nth, ends))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_answers_that_are_lost_while_the_review_goes_on_leave_one_article(
    there: Platform, here: Channel, times: int
) -> None:
    said = Notice(f"twin000{times}").release()
    before = len(there.did("submit"))
    there.misbehave(at="freepublish/submit", how="drop", times=times)
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert len(there.did("submit")) - before <= 2, "the second one waits for longer than the first"
    there.clock.advance(timedelta(days=2).total_seconds())
    assert standing(there, said) == [1]
    assert drafts(there, said) == []


@pytest.mark.parametrize("leaves", ["", "gone"])
@pytest.mark.parametrize("lost", [True, False])
def test_an_article_that_nobody_asks_after_any_more_does_not_stay(
    there: Platform, here: Channel, leaves: str, lost: bool
) -> None:
    """Superseded while nobody knew whether it was submitted; or its own time was over while it was in review."""
    notice = Notice(f"ended{lost:d}{leaves[:1] or 'c'}1")
    first = work(here, notice.release())
    there.misbehave(at="freepublish/submit", how="drop" if lost else "well", times=1)
    ended(here, there, first, *(("submit", 2) if lost else ("poll", 2)))
    second = work(here, notice.withdraw(leaves) if leaves else notice.correct())
    there.happen("publications_end", ending={})
    end, _ = deliver(here, there, second)
    assert isinstance(end, Delivered)
    assert published(there, first.message)[1] == 1, "it came out"
    assert standing(there, first.message) == ([] if leaves else [2])


@pytest.mark.parametrize("leaves", ["", "gone"])
def test_one_that_nobody_finds_and_that_comes_out_after_all_does_not_stay(
    there: Platform, here: Channel, leaves: str
) -> None:
    """Longer in review than anybody looks for it: a person is told, and what follows sees to it."""
    there.happen("publications_end", ending={"seconds": 40 * HOUR, "hides": True})
    there.misbehave(at="freepublish/submit", how="drop", times=1)
    notice = Notice(f"late{leaves or 'c'}1")
    first = work(here, notice.release())
    end, _ = deliver(here, there, first)
    assert isinstance(end, NeverFound)
    there.clock.advance(40 * HOUR)
    assert standing(there, first.message) == [1], "it came out"
    there.happen("publications_end", ending={})
    second = work(here, notice.withdraw(leaves) if leaves else notice.correct())
    assert isinstance(deliver(here, there, second)[0], Delivered)
    assert standing(there, first.message) == ([] if leaves else [2])


def test_one_in_doubt_gives_way_to_the_withdrawal_and_sees_to_it(there: Platform, here: Channel) -> None:
    notice = Notice("indoubt1")
    first, gone = work(here, notice.release()), work(here, notice.withdraw("gone"))
    there.misbehave(at="freepublish/submit", how="drop", times=1)
    begins = at("submit", 2, lambda: here.send(here.next_step(gone), gone))
    end, _ = deliver(here, there, first, before=begins)
    assert isinstance(end, Accepted)
    assert "更新" in end.note
    assert published(there, first.message) == {1: 1}, "it came out, an hour later"
    assert standing(there, first.message) == []


def test_one_that_a_newer_one_deleted_was_not_deleted_by_somebody(there: Platform, here: Channel) -> None:
    there.happen("publications_end", ending={})
    notice = Notice("deleted1")
    first, second = work(here, notice.release()), work(here, notice.correct())

    def overtakes() -> None:
        there.clock.advance(10)
        assert isinstance(deliver(here, there, second)[0], Delivered)

    end, _ = deliver(here, there, first, before=at("poll", 1, overtakes))
    assert isinstance(end, Accepted)
    assert "更新" in end.note
    assert standing(there, first.message) == [2]


def test_one_that_somebody_deleted_is_told(there: Platform, here: Channel) -> None:
    there.happen("publications_end", ending={})
    first = work(here, Notice("deleted2").release())

    def deletes() -> None:
        there.clock.advance(10)
        assert standing(there, first.message) == [1]
        there.happen("article_deleted", article=there.did("ended")[-1]["article_id"])

    end, _ = deliver(here, there, first, before=at("poll", 1, deletes))
    assert isinstance(end, Refused)
    assert "被人删除" in str(end)


def test_an_article_stays_until_the_newer_one_is_there(there: Platform, here: Channel) -> None:
    """The newer one was begun, and then refused."""
    notice = Notice("never001")
    first, second = work(here, notice.release()), work(here, notice.correct())
    begins = at("poll", 1, lambda: here.send(here.next_step(second), second))
    end, _ = deliver(here, there, first, before=begins)
    assert isinstance(end, Delivered)
    assert standing(there, first.message) == [1]
