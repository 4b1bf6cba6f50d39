"""Rounds: a matter that is consulted on more than once, and where its comments belong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notices.receipt_number import numbered
from producers.correct import correct
from producers.in_turn import OutOfTurn
from producers.persons_key import seal_of
from producers.publish import publish
from streams.comments.comment import Comment, Person
from streams.comments.take import Said, take
from tests.consulted import NUMBER, ask_public, asking, at, consulted
from tests.journeys.town import BY, Town
from tests.producers.desk import books

OTHER = "JC-2026-77"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with consulted(tmp_path) as here:
        yield here


def comment(town: Town, receipt: int = 0) -> Comment:
    """Somebody comments, now, under the receipt of that number."""
    said, seal = Said("rsj", NUMBER, "建议增加托育岗位。", Person("李梅", "13900000000")), seal_of(town.house)
    return town.house.store.write(lambda tx: take(tx, seal, said, receipt=numbered(receipt), keep_days=30))


def test_a_consultation_that_has_comments_keeps_its_number(town: Town) -> None:
    done = ask_public(town)
    comment(town)
    before = books(town)
    with pytest.raises(OutOfTurn, match=f"{NUMBER} 下收到1条意见.*撤回这件公告"):
        correct(town.house, done.notice, asking(town, number=OTHER), note="编号", minor=False, by=BY)
    assert books(town) == before


def test_a_consultation_on_which_nobody_has_commented_yet_may_get_another_number(town: Town) -> None:
    done = ask_public(town)
    town.clock.set(at(1))
    correct(town.house, done.notice, asking(town, first=-1, last=30, number=OTHER), note="编号", minor=False, by=BY)


@pytest.mark.parametrize("first", [0, 5])
def test_a_matter_has_one_window_at_a_time(town: Town, first: int) -> None:
    done = ask_public(town, first=first, last=35)
    town.clock.set(at(1))
    before = books(town)
    with pytest.raises(OutOfTurn, match=f"{NUMBER} 已有一件征求意见公告.*延期公告（t15）.*撤回前一件"):
        ask_public(town, first=3, last=40)
    assert books(town) == before
    town.withdraw(done, reason="重新起草")
    ask_public(town, first=3, last=40)


def test_a_second_window_is_asked_for_once_the_first_is_over(town: Town) -> None:
    ask_public(town)
    town.clock.set(at(31))
    ask_public(town)


def test_a_consultation_is_not_corrected_into_a_matter_whose_window_is_open(town: Town) -> None:
    ask_public(town)
    other = ask_public(town, number=OTHER)
    with pytest.raises(OutOfTurn, match=f"{NUMBER} 已有一件"):
        correct(town.house, other.notice, asking(town, last=31), note="编号", minor=False, by=BY)


def test_a_timed_second_consultation_is_refused_when_it_is_approved(town: Town) -> None:
    ask_public(town)
    for day, is_refused in ((30, True), (31, False)):
        timed = asking(town, first=day, last=day + 31, more={"定时发布": f'"{at(day, 60):%Y-%m-%d %H:%M}"'})
        if is_refused:
            with pytest.raises(OutOfTurn, match=f"{NUMBER} 已有一件"):
                publish(town.house, timed, by=BY)
        else:
            assert publish(town.house, timed, by=BY).release_at == at(day, 60)
