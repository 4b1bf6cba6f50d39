"""Rounds: a matter that is consulted on more than once, and where its comments belong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notices.receipt_number import numbered
from producers.correct import correct
from producers.in_turn import OutOfTurn
from producers.persons_key import seal_of
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
