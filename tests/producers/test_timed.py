"""Timed: approved now, public at its instant: not before, not twice, not when it must not go any more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from config.clock import SHANGHAI
from config.messages import Language
from notices.document import Draft
from notices.notice import State
from notices.problem import FileRefused
from producers.command.doubts import doubts
from producers.correct import NotOpen, NotPublic
from producers.house import House
from producers.late_release import late_releases
from producers.lookup import UnknownNotice
from producers.planned import HELD, planned
from producers.publish import Published, publish
from producers.schedule import acts
from producers.schedule.acts import Act
from producers.schedule.fire import fire_due
from producers.timed import RELEASE, NoTrigger, cancel, named, retry
from producers.verify_books import verify_notices
from streams import clock_trust, reminders, triggers
from streams.duties import Owed, duties_of, open_duties
from streams.store.store import Store, Tx
from streams.store.tables import audit, endpoint, event, message, notice, rendition, version
from streams.store.tables import trigger as table
from streams.triggers import NotPlanned, Trigger
from tests.journeys.town import BY, Town
from tests.producers.desk import acts_of, books, column, events_of, written

LANGUAGES: tuple[Language, ...] = ("zh", "en")
APPROVED = ["drafted", "submitted", "approved"]
TOMORROW = datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)  # the town's clock begins on 23 November at nine


def timed(town: Town, title: str, at: datetime = TOMORROW, *front: str) -> Draft:
    """A file that is to be public at ``at``."""
    return written(town, title, f"定时发布: {at:%Y-%m-%d %H:%M}", *front)


def approve(town: Town, title: str = "办结情况", at: datetime = TOMORROW) -> Published:
    """Publish such a file: it waits."""
    return publish(town.house, timed(town, title, at), by=BY)


def state(town: Town, of: Published) -> str:
    """The notice's state."""
    wanted = select(notice.c.state).where(notice.c.id == of.notice)
    return town.house.store.read(lambda c: str(c.execute(wanted).scalar_one()))


def flaws(town: Town) -> list[str]:
    """What of the books does not agree."""
    return town.house.store.read(lambda c: [str(flaw) for flaws in verify_notices(c) for flaw in flaws])


def causes(town: Town) -> list[tuple[str, str]]:
    """How each trigger stands, and why."""
    return town.house.store.read(
        lambda c: [
            (row.state, row.cause)
            for row in c.execute(select(table).where(table.c.act == RELEASE).order_by(table.c.id))
        ]
    )


def test_nothing_of_it_leaves_the_office_before_its_instant(town: Town) -> None:
    done = approve(town)
    assert done.release_at == TOMORROW
    assert done.message is None
    assert events_of(town, done.notice) == [f"gongkai.notice.{step}.v1" for step in APPROVED]
    town.clock.set(TOMORROW - timedelta(seconds=1))
    assert fire_due(town.house) == 0
    town.settle()
    assert town.outcomes(done) == {}
    assert (state(town, done), column(town, message.c.id)) == (State.APPROVED, [])
    assert flaws(town) == []


def test_at_its_second_it_is_public_with_what_was_approved(town: Town) -> None:
    done = approve(town)
    approved = set(column(town, rendition.c.sha256))
    town.clock.set(TOMORROW)
    assert fire_due(town.house) == 1
    town.settle()
    assert town.outcomes(done) == {"site": ["accepted"], "feeds": ["accepted"]}
    assert set(column(town, rendition.c.sha256)) == approved
    assert column(town, notice.c.released_at) == column(town, version.c.released_at) == [TOMORROW]
    assert events_of(town, done.notice) == [f"gongkai.notice.{step}.v1" for step in (*APPROVED, "released")]
    assert acts_of(town, done.notice) == [f"notice.{step}" for step in (*APPROVED, "timed", "released")]
    assert flaws(town) == []


def test_it_is_released_once_however_often_and_by_however_many(town: Town) -> None:
    done = approve(town)
    town.clock.set(TOMORROW)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: fire_due(town.house), range(8))) == 1
    assert events_of(town, done.notice).count("gongkai.notice.released.v1") == 1


def test_what_fell_due_while_the_machine_stood_still_is_made_up_for_in_order(town: Town) -> None:
    late = approve(town, "第三件", TOMORROW + timedelta(minutes=2))
    first = approve(town, "第一件", TOMORROW)
    second = approve(town, "第二件", TOMORROW + timedelta(minutes=1))
    later = approve(town, "第四件", TOMORROW + timedelta(days=9))
    town.clock.set(TOMORROW + timedelta(days=3))
    assert fire_due(town.house) == 3
    assert state(town, later) == State.APPROVED
    released = select(event.c.key).where(event.c.type == "gongkai.notice.released.v1").order_by(event.c.position)
    order = town.house.store.read(lambda c: list(c.execute(released).scalars()))
    assert order == [first.notice, second.notice, late.notice]


def test_number_and_address_are_of_the_day_on_which_it_is_public(town: Town) -> None:
    done = approve(town, at=datetime(2027, 1, 4, 9, tzinfo=SHANGHAI))
    assert "2027" in done.index_number
    assert "/n/202701/" in done.address


def test_the_same_file_twice_waits_once(town: Town) -> None:
    draft = timed(town, "办结情况")
    first = publish(town.house, draft, by=BY)
    before = books(town)
    again = publish(town.house, timed(town, "办结情况"), by=BY)
    assert (again.notice, again.already, again.release_at) == (first.notice, True, TOMORROW)
    assert books(town) == before


def test_what_is_not_public_is_neither_corrected_nor_withdrawn_nor_tied_to(town: Town) -> None:
    done = approve(town)
    with pytest.raises(NotPublic):
        town.correct(done, "改了", note="改了")
    with pytest.raises(NotPublic):
        town.withdraw(done, reason="不发了")
    ties = ("关联:", "  - 类型: 相关", "    标题: 办结情况", f"    索引号: {done.index_number}")
    with pytest.raises(UnknownNotice):
        publish(town.house, written(town, "另一件", *ties), by=BY)


def test_a_cancelled_one_is_never_public_and_its_file_may_come_again(town: Town) -> None:
    done = approve(town)
    cancel(town.house, done.index_number, why="会议改期", by=BY)
    town.clock.set(TOMORROW)
    assert fire_due(town.house) == 0
    assert state(town, done) == State.CANCELLED
    assert flaws(town) == []
    with pytest.raises(NotPlanned):
        cancel(town.house, done.notice, why="会议改期", by=BY)
    with pytest.raises(NotOpen):
        town.withdraw(done, reason="不发了")
    town.clock.set(TOMORROW - timedelta(hours=1))
    again = approve(town)
    assert again.notice != done.notice
    assert again.index_number != done.index_number


def test_what_is_public_is_cancelled_no_more(town: Town) -> None:
    done = approve(town)
    town.clock.set(TOMORROW)
    fire_due(town.house)
    before = books(town)
    with pytest.raises(NotPlanned):
        cancel(town.house, done.notice, why="会议改期", by=BY)
    with pytest.raises(NotPlanned):
        retry(town.house, done.notice, over_ceiling=False, by=BY)
    assert books(town) == before


def test_a_notice_that_is_not_timed_has_nothing_to_cancel(town: Town) -> None:
    done = town.publish("办结情况")
    for name in (done.notice, "没有这一件", "release/没有.1"):
        with pytest.raises(NoTrigger):
            cancel(town.house, name, why="会议改期", by=BY)


def test_what_no_outlet_is_left_for_waits_for_a_person_and_is_released_when_there_is_one(town: Town) -> None:
    done = approve(town)
    there = endpoint.c.office == "rsj"
    town.house.store.write(lambda tx: tx.connection.execute(update(endpoint).where(there).values(office="ybj")))
    town.clock.set(TOMORROW)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.APPROVED
    [(ended, cause)] = causes(town)
    assert ended == triggers.State.REFUSED
    assert "website" in cause
    assert acts_of(town, done.notice)[-1] == "trigger.refused"
    back = endpoint.c.id.in_(("site", "feeds"))
    town.house.store.write(lambda tx: tx.connection.execute(update(endpoint).where(back).values(office="rsj")))
    assert fire_due(town.house) == 0, "a person decides"
    retry(town.house, done.notice, over_ceiling=False, by=BY)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED
    assert flaws(town) == []


def test_what_is_over_by_then_is_not_released(town: Town) -> None:
    expires = f"失效时刻: {TOMORROW + timedelta(hours=2):%Y-%m-%d %H:%M}"
    done = publish(town.house, timed(town, "办结情况", TOMORROW, expires), by=BY)
    town.clock.set(TOMORROW + timedelta(hours=2))
    fire_due(town.house)
    assert state(town, done) == State.APPROVED
    assert "2026-11-24 11:00" in causes(town)[0][1]


def test_what_is_of_an_office_that_left_the_configuration_waits_for_a_person(town: Town) -> None:
    done = approve(town)
    offices = {name: office for name, office in town.house.configuration.offices.items() if name != "rsj"}
    without = replace(town.house, configuration=town.house.configuration.model_copy(update={"offices": offices}))
    fire_due(town.house)  # the clock is looked at
    town.clock.set(TOMORROW)
    before = books(town)
    assert fire_due(without) == 1
    [(ended, cause)] = causes(town)
    assert (ended, "rsj" in cause) == (triggers.State.REFUSED, True)
    assert (state(town, done), column(town, message.c.id)) == (State.APPROVED, [])
    assert books(town) == before | {"audit": before["audit"] + 1}, "that it was refused is on record, and nothing else"
    assert fire_due(town.house) == 0, "a person decides"
    retry(town.house, done.notice, over_ceiling=False, by=BY)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED
    assert flaws(town) == []


@pytest.mark.logs_errors
def test_a_fault_of_the_program_holds_up_nobody_else_and_is_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, well = approve(town, "甲", TOMORROW), approve(town, "乙", TOMORROW + timedelta(seconds=1))
    release = acts.ACTS["release"]

    def fail(house: House, trigger: Trigger) -> Callable[[Tx], None]:
        if trigger.subject == broken.notice:
            raise ZeroDivisionError("a slip")
        return release.prepare(house, trigger)

    with monkeypatch.context() as patch:
        patch.setitem(dict_of_acts(), "release", Act(fail, by_a_true_clock=True))
        town.clock.set(TOMORROW + timedelta(seconds=2))
        assert fire_due(town.house) == 1
    assert (state(town, broken), state(town, well)) == (State.APPROVED, State.RELEASED)
    assert ("planned", "ZeroDivisionError: a slip") in causes(town)
    assert fire_due(town.house) == 0
    town.clock.advance(triggers.AGAIN.total_seconds())
    assert fire_due(town.house) == 1
    assert state(town, broken) == State.RELEASED


def dict_of_acts() -> dict[str, Act]:
    """The table of acts, to be changed for a while."""
    assert isinstance(acts.ACTS, dict)
    return acts.ACTS


@pytest.mark.logs_errors
def test_what_is_done_at_the_instant_falls_with_its_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    done = approve(town)
    fire_due(town.house)  # the clock is looked at
    town.clock.set(TOMORROW)
    before = books(town)

    def fail(tx: Tx, name: str) -> None:
        raise ZeroDivisionError(name)

    with monkeypatch.context() as patch:
        patch.setattr(triggers, "fired", fail)
        fire_due(town.house)
    assert (books(town), state(town, done)) == (before, State.APPROVED)


# -- the machine's clock -----------------------------------------------------------------------------


def doubted(town: Town, minutes: float) -> Published:
    """One that fell due because somebody put the clock on."""
    done = approve(town, at=TOMORROW)
    town.clock.set(TOMORROW - timedelta(minutes=minutes))
    assert fire_due(town.house) == 0  # the clock is looked at, and believed
    town.clock.put(minutes * 60)
    assert fire_due(town.house) == 0
    return done


def test_a_clock_that_was_put_on_releases_nothing_until_a_person_confirms_it(town: Town) -> None:
    done = doubted(town, 60)
    [one] = planned(town.house, ["rsj"])
    assert one.state == HELD
    town.clock.advance(3600)
    assert fire_due(town.house) == 0, "it does not come right by itself"
    town.house.store.write(lambda tx: clock_trust.confirm(tx, town.house.station, by=BY))
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED


def test_a_clock_that_is_put_right_again_releases_it_at_its_instant(town: Town) -> None:
    done = doubted(town, 60)
    town.clock.put(-3600)
    assert fire_due(town.house) == 0
    town.clock.advance(3600)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED


def test_a_clock_that_somebody_keeps_is_believed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    done = doubted(town, 60)
    monkeypatch.setattr(town.clock, "is_synchronised", lambda: True)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED


def test_a_small_step_of_the_clock_changes_nothing(town: Town) -> None:
    done = approve(town)
    town.clock.set(TOMORROW - timedelta(seconds=20))
    fire_due(town.house)
    town.clock.put(20)
    assert fire_due(town.house) == 1
    assert state(town, done) == State.RELEASED


def test_a_machine_that_stood_still_for_a_day_is_believed_one_that_went_back_is_not(town: Town) -> None:
    first, second = approve(town, "甲"), approve(town, "乙", TOMORROW + timedelta(days=2))
    fire_due(town.house)
    town.clock.put(timedelta(days=1, hours=1).total_seconds(), boot="second")
    assert fire_due(town.house) == 1
    assert state(town, first) == State.RELEASED
    town.clock.set(TOMORROW + timedelta(days=3))
    town.house.store.write(lambda tx: clock_trust.confirm(tx, town.house.station, by=BY))
    town.clock.put(-7200, boot="third")
    assert fire_due(town.house) == 0
    assert state(town, second) == State.APPROVED
    town.clock.advance(7200)  # time has caught up
    assert fire_due(town.house) == 1


def test_a_clock_that_is_put_on_just_after_it_was_judged_releases_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, judging = approve(town), clock_trust.look

    def put_on(store: Store, station: str) -> clock_trust.Mark:
        mark = judging(store, station)
        town.clock.put((TOMORROW - town.clock.now()).total_seconds())
        return mark

    with monkeypatch.context() as patch:
        patch.setattr("producers.schedule.fire.look", put_on)
        assert fire_due(town.house) == 0
    assert fire_due(town.house) == 0
    assert state(town, done) == State.APPROVED


def test_why_it_is_held_is_told_in_the_readers_language(town: Town) -> None:
    doubted(town, 60)
    [(zh,), (en,)] = [[one.cause for one in planned(town.house, ["rsj"], lang=lang)] for lang in LANGUAGES]
    assert "拨过" in zh
    assert "was set" in en


# -- its file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "more", "name", "label"),
    [
        ("2026-11-23 08:59", (), "release_over", "定时发布"),
        ("2026-11-23 09:00", (), "release_over", "定时发布"),
        ("2027-11-25 09:00", (), "release_far", "定时发布"),
        ("2026-11-24 09:00", ("失效时刻: 2026-11-24 09:00",), "expired_then", "失效时刻"),
        ("2026-11-24 09:00", ("拟公开日期: 2026-11-25",), "too_early_then", "拟公开日期"),
    ],
)
def test_an_instant_that_cannot_be_is_told_with_its_line(
    town: Town, at: str, more: tuple[str, ...], name: str, label: str
) -> None:
    before = books(town)
    with pytest.raises(FileRefused) as refused:
        publish(town.house, written(town, "办结情况", f"定时发布: {at}", *more), by=BY)
    [problem] = refused.value.problems
    assert (problem.key, problem.field) == (name, label)
    assert books(town) == before


def test_what_may_not_go_before_a_day_may_be_timed_for_that_day(town: Town) -> None:
    draft = timed(town, "办结情况", TOMORROW, "拟公开日期: 2026-11-24", "失效时刻: 2026-11-24 09:01")
    assert publish(town.house, draft, by=BY).release_at == TOMORROW


def test_a_correction_goes_out_at_once(town: Town) -> None:
    done = approve(town)
    town.clock.set(TOMORROW)
    fire_due(town.house)
    with pytest.raises(FileRefused):
        town.correct(done, "改了", note="改了", more=("定时发布: 2026-11-30 09:00",))
    again = town.correct(done, "改了", note="改了", more=("定时发布: 2026-11-24 09:00",))
    assert again.version == 2


def test_its_trigger_is_known_by_its_own_name_too(town: Town) -> None:
    done = approve(town)
    one = town.house.store.read(lambda c: named(c, f"release/{done.notice}.1"))
    assert (one.subject, one.due_at, one.office) == (done.notice, TOMORROW, "rsj")


# -- what it owes meanwhile --------------------------------------------------------------------------

LAST = date(2026, 12, 21)  # twenty working days from 23 November, on which the file was made


def owes(town: Town, of: Published) -> dict[str, Owed]:
    """What the notice owes, by row."""
    return {str(one.begun): one for one in town.house.store.read(lambda c: duties_of(c, of.notice))}


def reminds(town: Town, one: Owed) -> list[Trigger]:
    """Its reminders that are still to come."""
    return town.house.store.read(lambda c: reminders.planned(c, [one.id])).get(one.id, [])


def test_what_is_timed_owes_its_release_from_its_approval_on(town: Town) -> None:
    done = approve(town, at=TOMORROW + timedelta(days=30))
    one = owes(town, done)["disclose"]
    assert (one.about, one.last, one.done_at, one.rule.source) == ("办结情况", LAST, None, "政府信息公开条例第二十六条")
    assert one.index_number == done.index_number
    assert [f"{each.due_at.astimezone(SHANGHAI):%m-%d} {each.detail['to']}" for each in reminds(town, one)] == [
        "12-14 owner",
        "12-18 owner",
        "12-21 owner",
        "12-22 head",
        "12-24 office",
        "12-28 director",
    ]
    assert one.id in [each.id for each in town.house.store.read(lambda c: open_duties(c, "rsj"))]


def test_its_release_meets_it_late_or_in_time(town: Town) -> None:
    early, late = approve(town, "早的"), approve(town, "晚的", TOMORROW + timedelta(days=30))
    town.clock.set(TOMORROW)
    fire_due(town.house)
    one = owes(town, early)["disclose"]
    assert (one.how, one.ended_by, one.done_at, one.is_late, reminds(town, one)) == (
        "met",
        f"{early.notice}.1",
        TOMORROW,
        False,
        [],
    )
    town.settle()
    assert owes(town, early)["disclose"] == one, "the stage finds it as it is"
    town.clock.set(TOMORROW + timedelta(days=30))
    while fire_due(town.house):
        town.settle()
    assert owes(town, late)["disclose"].is_late
    assert owes(town, early)["disclose"] == one
    assert [row.act for row in audited(town, one.id)] == ["duty.added", "duty.done"]


def test_a_machine_that_stood_still_over_release_and_reminders_reminds_of_nothing(town: Town) -> None:
    done = approve(town, at=TOMORROW)
    town.clock.set(TOMORROW + timedelta(days=60))
    assert fire_due(town.house) == 1, "the release alone"
    assert owes(town, done)["disclose"].how == "met"


def test_one_that_is_cancelled_owes_nothing_any_more(town: Town) -> None:
    done = approve(town)
    cancel(town.house, done.notice, why="内容有误", by=BY)
    one = owes(town, done)["disclose"]
    assert (one.how, one.ended_by, one.done_at, one.is_late, reminds(town, one)) == (
        "cancelled",
        f"{done.notice}.1",
        town.clock.now(),
        False,
        [],
    )
    again = approve(town)
    assert owes(town, again)["disclose"].done_at is None


def test_one_that_must_not_go_any_more_owes_it_still(town: Town) -> None:
    done = publish(town.house, timed(town, "办结情况", TOMORROW, '失效时刻: "2026-11-24 10:00"'), by=BY)
    town.clock.set(TOMORROW + timedelta(hours=2))
    fire_due(town.house)
    assert [state for state, _ in causes(town)] == ["refused"]
    assert owes(town, done)["disclose"].done_at is None


def test_who_has_it_go_later_than_the_law_allows_is_told(town: Town) -> None:
    for days, names in ((0, []), (27, ["行政许可、行政处罚公示"]), (28, ["主动公开", "行政许可、行政处罚公示"])):
        at = datetime(2026, 11, 24, tzinfo=SHANGHAI) + timedelta(days=days)
        draft = timed(town, "办结情况", at)
        assert sorted(late.name for late in late_releases(town.house, draft, at)) == names
        told = [one.text for one in doubts(town.house, draft) if one.field == "release_at"]
        assert len(told) == len(names)
        assert all(f"{at:%Y-%m-%d %H:%M}" in text for text in told)
        if days == 28:
            assert "2026-12-21" in told[0]


def audited(town: Town, name: str) -> list[Any]:
    """What the audit has of it."""
    wanted = select(audit).where(audit.c.subject == name).order_by(audit.c.number)
    return town.house.store.read(lambda c: list(c.execute(wanted)))
