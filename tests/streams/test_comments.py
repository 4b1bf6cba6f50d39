"""Comments in the store, on both databases: taken to the second, once, and their senders forgotten in time."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from config.clock import DrivenClock
from config.settings import SettingsError
from notices.receipt_number import numbered
from producers.audience_acts import read_audience
from producers.correct import correct
from producers.persons_key import have_key, seal_of
from streams.audiences import Audience
from streams.audit import verify
from streams.comments.comment import (
    Comment,
    Disposition,
    NoComment,
    Person,
    State,
    by_receipt,
    comment_of,
    comments_of,
    person_of,
    receipt_hash,
    undecided,
)
from streams.comments.forget import erase, forget
from streams.comments.handle import Decided, NotToBeDecided, accept, decide, reject
from streams.comments.take import NoWindow, OutOfTime, Said, SentBefore, take, take_back
from streams.seal import Seal
from streams.store.sqlite import SqliteStore
from streams.store.store import Tx
from streams.store.tables import audit, comment
from tests.consulted import NUMBER, OUTLETS, ask_public, asking, at, extend, feed_back
from tests.journeys.town import BY, Ground, Town, furnish, opened
from tests.waiting import until

DAY = 86_400.0  # seconds
NOBODY = 9  # the port nobody listens at


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The offices at work, on either database."""
    store = {} if request.param == "sqlite" else {"store": request.getfixturevalue("postgres_store")}
    furnish(tmp_path / "home", NOBODY, OUTLETS, engine={"installation": store} if store else {})
    with opened(Ground(tmp_path / "home", DrivenClock())) as here:
        yield here


@pytest.fixture
def seal(town: Town) -> Seal:
    return seal_of(town.house)


def said(town: Town, text: str = "建议增加托育岗位。", number: int = 0, person: Person | None = None) -> Comment:
    """A comment under the receipt of that number."""
    wanted = Said("rsj", NUMBER, text, person or Person("李梅", "13900000000"))
    seal = seal_of(town.house)
    return town.house.store.write(lambda tx: take(tx, seal, wanted, receipt=numbered(number), keep_days=30))


def many(town: Town) -> int:
    return town.house.store.read(lambda c: c.execute(select(func.count()).select_from(comment)).scalar_one())


def test_the_window_is_exact_to_the_microsecond_at_both_ends(town: Town) -> None:
    with pytest.raises(NoWindow):
        said(town)
    ask_public(town, first=1, last=31)
    for moment, in_time in (
        (at(1, -1e-6), False),
        (at(1), True),
        (at(32, -1), True),
        (at(32, -1e-6), True),
        (at(32), False),
        (at(32, 1), False),
    ):
        town.clock.set(moment)
        before = many(town)
        if in_time:
            assert said(town, number=before).received_at == moment
        else:
            with pytest.raises(OutOfTime) as error:
                said(town, number=before)
            assert error.value.is_late == (before > 0)
        assert many(town) == before + in_time


def test_a_window_opens_no_earlier_than_its_notice(town: Town) -> None:
    town.clock.advance(3 * 3600)
    ask_public(town)
    said(town)
    town.clock.advance(-1)
    with pytest.raises(OutOfTime):
        said(town, number=1)


def test_a_correction_moves_the_window_and_a_withdrawal_ends_it(town: Town) -> None:
    done = ask_public(town)
    town.clock.set(at(29, 5))
    correct(town.house, done.notice, asking(town, first=-29, last=11), note="延长", minor=False, by=BY)
    town.clock.set(at(31, 5))
    said(town)
    town.clock.set(at(41, 5))
    with pytest.raises(OutOfTime):
        said(town, number=2)
    town.withdraw(done, reason="重新起草")
    with pytest.raises(NoWindow):
        said(town, number=1)


def test_an_extension_moves_the_window_until_it_is_taken_back(town: Town) -> None:
    ask_public(town)
    longer = extend(town, was=30, last=45)
    for number, moment in enumerate((at(30, 1), at(31), at(46, -1e-6))):
        town.clock.set(moment)
        assert said(town, number=number).received_at == moment
    for late in (at(46), at(46, 1)):
        town.clock.set(late)
        with pytest.raises(OutOfTime) as error:
            said(town, number=9)
        assert error.value.is_late
    town.clock.set(at(40))
    town.withdraw(longer, reason="日期有误")
    with pytest.raises(OutOfTime):
        said(town, number=9)
    assert many(town) == 3


def test_one_form_is_one_comment_however_often_it_is_sent(town: Town, seal: Seal) -> None:
    ask_public(town)
    first = said(town)
    assert said(town) == first
    with pytest.raises(SentBefore):
        said(town, "另一条")
    town.clock.set(at(40))
    assert said(town) == first, "also when the window has closed meanwhile: it was in time"
    assert many(town) == 1
    assert town.house.store.read(lambda c: by_receipt(c, seal, numbered(0))) == first
    assert town.house.store.read(lambda c: by_receipt(c, seal, numbered(1))) is None


def test_those_who_send_the_same_form_at_once_make_one_comment(town: Town) -> None:
    ask_public(town)
    found: list[str] = []
    senders = [threading.Thread(target=lambda: found.append(said(town).id)) for _ in range(6)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert len(found) == 6
    assert len(set(found)) == many(town) == 1


def test_neither_receipt_nor_person_nor_text_stands_where_it_must_not(town: Town, seal: Seal) -> None:
    ask_public(town)
    one = said(town, "建议保密的原文", number=7)
    row = town.house.store.read(lambda c: c.execute(select(comment)).one())
    kept = " ".join(str(value) for value in row)
    for secret in (numbered(7), numbered(7).replace("-", ""), "李梅", "13900000000"):
        assert secret not in kept
    assert row.receipt == receipt_hash(seal, numbered(7))
    acts = town.house.store.read(lambda c: c.execute(select(audit).where(audit.c.subject == one.id)).all())
    assert [entry.act for entry in acts] == ["comment.received"]
    for secret in ("保密", "李梅", "1390000", numbered(7)):
        assert all(secret not in str(entry) for entry in acts)
    assert town.house.store.read(lambda c: person_of(c, seal, one.id)) == Person("李梅", "13900000000")
    assert "李梅" not in repr(one)


def test_what_the_office_does_is_on_record_and_stays_in_its_house(town: Town) -> None:
    ask_public(town)
    one = said(town)
    town.clock.advance(1)
    other = said(town, number=1)
    store = town.house.store
    store.write(lambda tx: accept(tx, one.id, office="rsj", by=BY))
    store.write(lambda tx: reject(tx, other.id, office="rsj", why="广告", by=BY))
    decided = Decided(one.id, Disposition.PARTLY, "暂不具备条件", "岗位类别")
    store.write(lambda tx: decide(tx, [decided], office="rsj", by=BY))
    store.write(lambda tx: decide(tx, [decided], office="rsj", by=BY))  # the same again says nothing new
    with pytest.raises(NotToBeDecided):
        store.write(lambda tx: decide(tx, [Decided(other.id, Disposition.NOT, "x")], office="rsj", by=BY))
    for act in (
        lambda tx: accept(tx, one.id, office="ybj", by=BY),
        lambda tx: reject(tx, "nobody", office="rsj", why="x", by=BY),
    ):
        with pytest.raises(NoComment):
            store.write(act)
    found = store.read(lambda c: comments_of(c, "rsj", NUMBER))
    assert [(row.state, row.disposition) for row in found] == [
        (State.ACCEPTED, Disposition.PARTLY),
        (State.REJECTED, None),
    ]
    assert undecided(found) == []
    acts = store.read(lambda c: c.execute(select(audit.c.act).where(audit.c.subject == one.id)).scalars().all())
    assert acts == ["comment.received", "comment.accepted", "comment.decided"]
    assert store.read(lambda c: list(verify(c))) == []


def test_who_answers_what_somebody_rejects_at_the_same_time_is_refused(town: Town) -> None:
    ask_public(town)
    one = said(town)
    store, begun, go_on = town.house.store, threading.Event(), threading.Event()
    answered: list[BaseException] = []

    def rejecting(tx: Tx) -> None:
        reject(tx, one.id, office="rsj", why="广告", by=BY)
        begun.set()
        assert go_on.wait(20)

    def answering() -> None:
        try:
            store.write(lambda tx: decide(tx, [Decided(one.id, Disposition.ADOPTED, "好")], office="rsj", by=BY))
        except NotToBeDecided as error:
            answered.append(error)

    both = [threading.Thread(target=store.write, args=(rejecting,)), threading.Thread(target=answering)]
    both[0].start()
    assert begun.wait(20)
    both[1].start()
    until(lambda: is_waited_for(town))
    go_on.set()
    for thread in both:
        thread.join()
    left = store.read(lambda c: comment_of(c, one.id))
    assert (left.state, left.disposition) == (State.REJECTED, None)
    assert len(answered) == 1


def is_waited_for(town: Town) -> bool:
    """Whether a transaction waits for another one; in SQLite each waits for its turn to begin at all."""
    if isinstance(town.house.store, SqliteStore):
        return True
    waiting = text("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
    return town.house.store.read(lambda c: c.execute(waiting).first() is not None)


def test_all_of_a_table_or_none(town: Town) -> None:
    ask_public(town)
    one = said(town)
    both = [Decided(one.id, Disposition.ADOPTED, "好"), Decided("nobody", Disposition.NOT, "不")]
    with pytest.raises(NoComment):
        town.house.store.write(lambda tx: decide(tx, both, office="rsj", by=BY))
    assert town.house.store.read(lambda c: comment_of(c, one.id)).disposition is None


def test_ones_own_is_taken_back_while_the_window_is_open_and_its_sender_forgotten(town: Town, seal: Seal) -> None:
    ask_public(town)
    one, late = said(town), said(town, number=1)
    town.clock.set(at(31, -1))
    back = town.house.store.write(lambda tx: take_back(tx, one.id))
    assert (back.withdrawn_at, back.has_person, back.counts) == (town.clock.now(), False, False)
    assert town.house.store.read(lambda c: person_of(c, seal, one.id)) is None
    again = town.house.store.write(lambda tx: take_back(tx, one.id))
    assert again == back
    town.clock.advance(1)
    with pytest.raises(OutOfTime):
        town.house.store.write(lambda tx: take_back(tx, late.id))


def test_who_commented_is_forgotten_when_the_promised_days_after_the_feedback_are_over(town: Town, seal: Seal) -> None:
    ask_public(town)
    one = said(town)
    store = town.house.store
    town.clock.set(at(400))
    assert forget(store) == 0, "nobody has been answered yet"
    feed_back(town)
    town.clock.advance(29 * DAY)
    assert forget(store) == 0
    town.clock.advance(1 * DAY)
    assert forget(store) == 0, "due, and a day is given to find that the clock is wrong"
    town.clock.advance(-30 * DAY)
    assert forget(store) == 0
    town.clock.advance(30 * DAY)
    assert forget(store) == 0, "it was found due anew"
    town.clock.advance(1 * DAY)
    assert forget(store) == 1
    left = store.read(lambda c: comment_of(c, one.id))
    assert (left.has_person, left.erased_at, left.text) == (False, town.clock.now(), one.text)
    assert store.read(lambda c: person_of(c, seal, one.id)) is None
    assert forget(store) == 0


def test_they_are_forgotten_at_once_where_somebody_says_so(town: Town) -> None:
    ask_public(town)
    said(town), said(town, number=1), said(town, number=2, person=Person())
    store = town.house.store
    assert store.write(lambda tx: erase(tx, "rsj", NUMBER, why="本人要求", by=BY)) == 2
    assert store.write(lambda tx: erase(tx, "rsj", NUMBER, why="本人要求", by=BY)) == 0
    entry = store.read(lambda c: c.execute(select(audit).where(audit.c.act == "comments.forgotten")).one())
    assert json.loads(entry.detail) == {"why": "本人要求", "many": 2}


def test_a_lost_key_is_no_reason_to_make_another(town: Town) -> None:
    ask_public(town)
    said(town)
    (town.house.home / "secrets" / "numbers").unlink()
    with pytest.raises(SettingsError):
        said(town, number=1)
    with pytest.raises(SettingsError):
        read_audience(town.house, Audience("a", "rsj", "甲", "第四条", 30), ["13900000000"], by=BY)
    assert not (town.house.home / "secrets" / "numbers").exists()


def test_who_is_first_beside_another_seals_under_the_key_the_other_made(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_public(town)
    store, read = town.house.store, town.house.store.read

    def after_another(act: Callable[[Connection], bool]) -> bool:
        monkeypatch.setattr(store, "read", read)
        said(town)
        return read(act)

    monkeypatch.setattr(store, "read", after_another)
    assert not have_key(town.house)
    said(town, number=1)
    assert many(town) == 2


def test_where_no_key_can_be_kept_it_is_told_which_one_is_missing(town: Town) -> None:
    (town.house.home / "secrets").write_text("no folder", "utf-8")
    with pytest.raises(SettingsError, match="secrets/numbers"):
        seal_of(town.house)
