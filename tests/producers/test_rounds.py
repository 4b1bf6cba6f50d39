"""Rounds: a matter that is consulted on more than once, and where its comments belong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notices.receipt_number import numbered
from producers.comments.draft import feedback
from producers.correct import correct
from producers.in_turn import OutOfTurn
from producers.matter_acts import Signed, exempt
from producers.persons_key import seal_of
from producers.publish import publish
from streams.comments.comment import Comment, Disposition, Person, Way, comment_of
from streams.comments.forget import forget
from streams.comments.handle import Decided, decide
from streams.comments.take import Entry, OutOfTime, Said, enter, take, take_back
from streams.matters import change_acts
from tests.consulted import NUMBER, Reader, ask_public, asking, at, consulted, extend, feed_back, feeding_back
from tests.journeys.town import BY, Town
from tests.producers.desk import books

OTHER = "JC-2026-77"
SIGNED = Signed("陈远", "吴桐")


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


def answer(town: Town, *several: Comment) -> None:
    """They are adopted."""
    answers = [Decided(one.id, Disposition.ADOPTED, "写进文件") for one in several]
    town.house.store.write(lambda tx: decide(tx, answers, office="rsj", by=BY))


def now(town: Town, one: Comment) -> Comment:
    """How it stands."""
    return town.house.store.read(lambda c: comment_of(c, one.id))


def again(town: Town) -> tuple[Comment, Comment]:
    """A matter that was consulted on and fed back, and is consulted on anew until the 61st day; of each one comment."""
    ask_public(town)
    first = comment(town)
    town.clock.set(at(31))
    feed_back(town)
    town.clock.advance(60)
    ask_public(town)
    return first, comment(town, 1)


def test_who_comments_anew_is_not_forgotten_by_the_feedback_before(town: Town) -> None:
    ask_public(town)
    first = comment(town)
    town.clock.set(at(31))
    feed_back(town)
    town.clock.advance(60)
    ask_public(town, last=60)
    second = comment(town, 1)
    for day in (62, 63):
        town.clock.set(at(day))
        forget(town.house.store)
    assert (now(town, first).has_person, now(town, second).has_person) == (False, True)
    town.clock.set(at(92))
    feed_back(town)
    for day in (122, 123):
        town.clock.set(at(day))
        forget(town.house.store)
    assert not now(town, second).has_person


def test_an_answer_is_shown_by_the_feedback_on_its_own_window(town: Town) -> None:
    _, second = again(town)
    answer(town, second)
    reader = Reader(town)
    assert "写进文件" in reader.look(numbered(0)).page
    page = reader.look(numbered(1)).page
    assert "写进文件" not in page
    assert "撤回这条意见" in page
    assert "撤回这条意见" not in reader.look(numbered(0)).page
    town.clock.set(at(62))
    back = feed_back(town)
    page = reader.look(numbered(1)).page
    assert "写进文件" in page
    assert back.address in page
    assert back.address not in reader.look(numbered(0)).page


def test_what_was_fed_back_is_not_taken_back_in_a_later_window(town: Town) -> None:
    first, second = again(town)
    with pytest.raises(OutOfTime):
        town.house.store.write(lambda tx: take_back(tx, first.id))
    assert town.house.store.write(lambda tx: take_back(tx, second.id)).withdrawn_at == town.clock.now()


def test_a_feedback_counts_the_comments_of_its_own_window(town: Town) -> None:
    _, second = again(town)
    town.clock.set(at(62))
    answer(town, second)
    for _ in ("before it is public", "after"):
        assert feedback(town.house, "rsj", NUMBER, next_step="提请集体讨论")[1].received == 1
        feed_back(town)
        town.clock.advance(60)


def test_what_nobody_fed_back_is_left_to_the_next_feedback(town: Town) -> None:
    ask_public(town)
    first = comment(town)
    town.clock.set(at(31))
    ask_public(town)
    second = comment(town, 1)
    town.clock.set(at(62))
    answer(town, second)
    with pytest.raises(OutOfTurn, match="还有1条意见没有处理结果"):
        publish(town.house, feeding_back(town), by=BY)
    answer(town, first)
    assert feedback(town.house, "rsj", NUMBER, next_step="提请集体讨论")[1].received == 2
    publish(town.house, feeding_back(town), by=BY)


def test_a_letter_that_is_entered_after_its_feedback_holds_no_later_one_up(town: Town) -> None:
    ask_public(town)
    town.clock.set(at(31))
    feed_back(town)
    letter = Entry(Said("rsj", NUMBER, "一封信", Person(), Way.LETTER), at(3), numbered(9), "信.csv:2")
    seal = seal_of(town.house)
    town.house.store.write(lambda tx: enter(tx, seal, [letter], of="信.csv", keep_days=30, by=BY))
    town.clock.advance(60)
    ask_public(town)
    town.clock.set(at(62))
    publish(town.house, feeding_back(town), by=BY)


def is_known_until(town: Town, one: Comment, day: int) -> bool:
    """Whether it is kept who made it until the end of that day, and no longer than the next."""
    kept = []
    for moment in (at(day, -1), at(day, 1), at(day + 1, 1)):
        town.clock.set(moment)
        forget(town.house.store)
        kept.append(now(town, one).has_person)
    return kept == [True, True, False]


def test_who_commented_on_what_was_withdrawn_is_forgotten_from_the_withdrawal(town: Town) -> None:
    done = ask_public(town)
    one = comment(town)
    town.clock.set(at(10))
    town.withdraw(done, reason="不再制定")
    assert is_known_until(town, one, 40)


def test_who_commented_on_a_second_consultation_is_forgotten_from_its_withdrawal(town: Town) -> None:
    ask_public(town)
    town.clock.set(at(31))
    feed_back(town)
    town.clock.advance(60)
    anew = ask_public(town)
    one = comment(town)
    town.clock.set(at(50))
    town.withdraw(anew, reason="不再制定")
    assert is_known_until(town, one, 80)


@pytest.mark.parametrize(("spared", "until"), [(10, 61), (40, 70)])  # the window closes with the 31st day
def test_who_commented_on_a_matter_that_needs_no_feedback_is_forgotten_from_then(
    town: Town, spared: int, until: int
) -> None:
    ask_public(town)
    one = comment(town)
    town.settle(10)
    town.clock.set(at(spared))
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    assert is_known_until(town, one, until)


def test_who_is_asked_again_after_a_withdrawal_is_known_until_the_feedback(town: Town) -> None:
    done = ask_public(town)
    one = comment(town)
    town.withdraw(done, reason="重新起草")
    ask_public(town, first=1, last=40)
    for day in (35, 36, 41):
        town.clock.set(at(day))
        forget(town.house.store)
    feed_back(town)
    assert is_known_until(town, one, 71)


def test_who_commented_on_a_matter_that_was_filed_is_forgotten_from_then(town: Town) -> None:
    ask_public(town)
    one = comment(town)
    town.settle(10)
    town.clock.set(at(40))
    town.house.store.write(lambda tx: change_acts(tx, "rsj", NUMBER, filed_at=tx.clock.now()))
    assert is_known_until(town, one, 70)


def test_what_an_extension_keeps_open_is_moved_by_another_extension(town: Town) -> None:
    done = ask_public(town)
    extend(town, was=30, last=45)
    for day, why in ((33, "已经延期到2027年1月7日.*另发延期公告（t15）"), (46, "征求意见已于.*截止，不能再延")):
        town.clock.set(at(day, 3600))
        later = asking(town, first=-day, last=60 - day)
        with pytest.raises(OutOfTurn, match=f"{NUMBER} {why}"):
            correct(town.house, done.notice, later, note="改", minor=False, by=BY)
    town.clock.set(at(33, 3600))
    extend(town, was=12, last=20)


def test_what_has_closed_is_not_said_to_be_extended_while_another_window_is_open(town: Town) -> None:
    done = ask_public(town)
    town.clock.set(at(31))
    ask_public(town)
    with pytest.raises(OutOfTurn, match="不能再延"):
        correct(town.house, done.notice, asking(town, first=-31, last=5), note="改", minor=False, by=BY)
