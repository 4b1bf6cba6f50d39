"""Withdraw: once, with a reason, wherever the notice went; the page stays, is gone, or leads on."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from producers.correct import NotOpen, Overtaken
from producers.lookup import UnknownNotice
from producers.publish import Published, publish, published
from producers.reach import Reach, reach
from producers.withdraw import withdraw
from streams.audit import verify
from streams.store.tables import notice
from tests.journeys.town import BY, Town
from tests.producers.desk import acts_of, books, column, events_of, written


@pytest.fixture
def done(town: Town) -> Published:
    """A notice that has reached its outlets."""
    made = publish(town.house, written(town, "办结情况"), by=BY)
    town.settle()
    return made


def page(town: Town, done: Published) -> str:
    """What stands at the notice's address."""
    month, _, name = done.notice.partition("-")
    return (town.house.home / f"outlets/site/public/n/{month}/{name}.html").read_text("utf-8")


def test_a_withdrawal_is_told_and_audited_and_shown(town: Town, done: Published) -> None:
    gone = withdraw(town.house, done.notice, reason="统计口径有误", by=BY)
    assert gone.withdrawn
    assert events_of(town, done.notice)[-1] == "gongkai.notice.withdrawn.v1"
    assert acts_of(town, done.notice)[-1] == "notice.withdrawn"
    assert column(town, notice.c.state) == ["withdrawn"]
    town.settle()
    assert town.outcomes(done) == {"site": ["accepted"] * 2, "feeds": ["accepted"] * 2}
    assert "统计口径有误" in page(town, done)
    assert "186" in page(town, done), "the page stays under its banner"
    assert town.house.store.read(lambda c: list(verify(c, town.house.heads))) == []


def test_one_that_is_gone_keeps_nothing_of_its_text(town: Town, done: Published) -> None:
    withdraw(town.house, done.notice, reason="涉及个人信息", leaves="gone", by=BY)
    town.settle()
    assert "涉及个人信息" in page(town, done)
    assert "186" not in page(town, done)


def test_one_that_leads_on_leads_to_another_notice_of_the_office(town: Town, done: Published) -> None:
    other = publish(town.house, written(town, "新的办结情况"), by=BY)
    withdraw(town.house, done.notice, reason="由新件替代", leaves="redirect", redirect=other.index_number, by=BY)
    town.settle()
    assert other.notice.partition("-")[2] in page(town, done)


@pytest.mark.parametrize("target", [None, "202611-nothing"])
def test_one_that_would_lead_nowhere_is_refused(town: Town, done: Published, target: str | None) -> None:
    before = books(town)
    with pytest.raises(UnknownNotice):
        withdraw(town.house, done.notice, reason="由新件替代", leaves="redirect", redirect=target, by=BY)
    assert books(town) == before


def test_twice_is_refused_and_changes_nothing(town: Town, done: Published) -> None:
    withdraw(town.house, done.notice, reason="统计口径有误", by=BY)
    before = books(town)
    with pytest.raises(NotOpen):
        withdraw(town.house, done.notice, reason="再撤一次", by=BY)
    assert books(town) == before


def test_of_eight_at_once_one_withdraws(town: Town, done: Published) -> None:
    def one(number: int) -> bool:
        try:
            withdraw(town.house, done.notice, reason=f"原因之{number}", by=BY)
        except (NotOpen, Overtaken):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_the_file_of_a_withdrawn_notice_is_known_as_that(town: Town, done: Published) -> None:
    withdraw(town.house, done.notice, reason="统计口径有误", by=BY)
    found = published(town.house, written(town, "办结情况"))
    assert found is not None
    assert found.withdrawn
    again = publish(town.house, written(town, "办结情况"), by=BY)
    assert (again.already, again.withdrawn) == (True, True)


def test_before_anything_was_sent_only_the_withdrawal_goes_out(town: Town) -> None:
    done = publish(town.house, written(town, "办结情况"), by=BY)
    withdraw(town.house, done.notice, reason="统计口径有误", by=BY)
    town.settle()
    assert town.outcomes(done) == {"site": ["superseded", "accepted"], "feeds": ["superseded", "accepted"]}


def test_what_cannot_be_read_behind_a_withdrawal_is_no_failure_of_it(
    town: Town, done: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter((True, False))

    def once(*args: Any) -> tuple[Reach, ...]:
        if next(calls):
            return reach(*args)
        raise LookupError("no such table")

    monkeypatch.setattr("producers.withdraw.reach", once)
    assert withdraw(town.house, done.notice, reason="有误", by=BY).withdrawn
