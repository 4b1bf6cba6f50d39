"""Recount: what is owed is counted by the newest calendar every night, without anybody who looks."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select, update

from config.clock import SHANGHAI
from config.settings import OfficeTable
from notices.begins import SELF_CHECK
from notices.calendar.rules import rule
from notices.looks import LOOK, looks
from notices.yearly import YEARLY
from producers.check import check
from producers.house import House
from producers.publish import publish
from producers.schedule.acts import ACTS, Act
from producers.schedule.fire import fire_due
from producers.schedule.recount import RECOUNT, next_recount
from producers.schedule.scheduler import Scheduler
from producers.withdraw import withdraw
from streams import dead_links, follow, reminders, triggers
from streams.calendars import add_own, current
from streams.duties import Owed, add, done, owed, owed_in
from streams.matters import change_acts, keep
from streams.outlets import Outlets
from streams.self_check import findings
from streams.store.store import StoreUnavailable, Tx
from streams.store.tables import dead_letter, duty, endpoint, trigger
from streams.triggers import Trigger
from tests.journeys.town import BY, Town
from tests.producers.papers import sample, work
from tests.waiting import until

NOON = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)


def planned(town: Town) -> dict[str, str]:
    """Every trigger of it and its state."""
    wanted = select(trigger).where(trigger.c.act == RECOUNT)
    return town.house.store.read(lambda c: {row.id: row.state for row in c.execute(wanted)})


def begin(town: Town) -> Owed:
    """Something owed in two working days."""
    current(town.house.store, "rsj")
    at = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    made = partial(add, rule=rule("explain"), start=at, office="rsj", section="bgs", about="办结情况", by=BY)
    return town.house.store.write(made)


def test_it_is_shortly_after_each_midnight_here() -> None:
    assert next_recount(NOON).due_at == datetime(2026, 11, 24, 0, 5, tzinfo=SHANGHAI)
    assert next_recount(datetime(2026, 11, 23, 0, 4, tzinfo=SHANGHAI)).due_at.day == 23
    assert next_recount(datetime(2026, 11, 23, 0, 5, tzinfo=SHANGHAI)).due_at.day == 24
    assert next_recount(NOON).id == "recount/2026-11-24"


def test_days_that_the_calendar_moved_are_moved_by_morning(town: Town) -> None:
    before = begin(town)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    off = {date(2026, 11, day): "大雪停工" for day in (24, 25, 26)}
    town.house.store.write(lambda tx: add_own(tx, "rsj", "通知", off, {}, [], by=BY))
    town.clock.set(datetime(2026, 11, 24, 0, 5, tzinfo=SHANGHAI))
    assert fire_due(town.house) == 1
    after = town.house.store.read(lambda c: owed(c, before.id))
    assert before.last is not None
    assert after.last is not None
    assert after.last > before.last
    assert planned(town) == {"recount/2026-11-24": "fired", "recount/2026-11-25": "planned"}


def test_after_days_of_standing_still_it_is_made_up_for_once(town: Town) -> None:
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    town.clock.set(NOON + timedelta(days=9))
    assert fire_due(town.house) == 1
    assert planned(town) == {"recount/2026-11-24": "fired", "recount/2026-12-03": "planned"}


def test_what_falls_due_while_many_matters_are_planned_anew_is_not_late(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [f"JC-{number:03}" for number in range(60)]
    for number in numbers:
        town.house.store.write(partial(keep, office="rsj", number=number, name="办法", section="sb"))
    town.house.store.write(lambda tx: change_acts(tx, "rsj", numbers[7], filed_at=tx.clock.now()))
    night, turns, told = next_recount(NOON), Counter[str](), list[tuple[datetime, int]]()

    def slow(tx: Tx, office: str, number: str, outlets: Outlets) -> None:
        turns[number] += 1
        town.clock.advance(0.5)

    def probe(_: House, one: Trigger) -> Callable[[Tx], None]:
        told.append((town.clock.now(), turns.total()))
        return lambda tx: None

    monkeypatch.setattr(follow, "replan", slow)
    monkeypatch.setitem(ACTS, "probe", Act(probe, by_a_true_clock=True))
    due = [night.due_at + timedelta(seconds=after) for after in (1, 7.2, 20)]
    for at in (night, *(Trigger(f"probe/{at:%S}", "rsj", "probe", "", at, {}) for at in due)):
        town.house.store.write(partial(triggers.plan, one=at))
    town.clock.set(night.due_at)
    fire_due(town.house)
    assert [at - was <= timedelta(seconds=1) for (at, _), was in zip(told, due, strict=True)] == [True] * 3
    assert 0 < told[0][1] < told[1][1] < told[2][1] < 59, "each while matters still waited"
    assert turns == dict.fromkeys({*numbers} - {numbers[7]}, 1), "each once, but what was filed"
    assert planned(town) == {"recount/2026-11-24": "fired", "recount/2026-11-25": "planned"}


def test_planning_anew_goes_on_where_another_scheduler_left_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [f"JC-{number}" for number in range(6)]
    for office in ("rsj", "ybj"):
        for number in numbers:
            town.house.store.write(partial(keep, office=office, number=number, name="办法", section="sb"))
    turns: list[tuple[str, str]] = []

    def dies(tx: Tx, office: str, number: str, outlets: Outlets) -> None:
        turns.append((office, number))
        if len(turns) == 4:
            raise StoreUnavailable("gone")

    monkeypatch.setattr(follow, "replan", dies)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    town.clock.set(next_recount(NOON).due_at)
    with pytest.raises(StoreUnavailable):
        fire_due(town.house)
    fire_due(town.house)
    every = [(office, number) for office in ("rsj", "ybj") for number in numbers]
    assert turns == [*every[:4], *every[3:]]


def test_a_scheduler_begins_with_it(town: Town) -> None:
    made = Scheduler(town.house)
    made.start()
    until(lambda: planned(town))
    made.stop()
    assert list(planned(town).values()) == ["planned"]


# -- what is owed by the year ------------------------------------------------------------------------


def new_year(town: Town, year: int) -> None:
    """The night in which it begins."""
    midnight = datetime(year, 1, 1, tzinfo=SHANGHAI)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(midnight)))
    town.clock.set(midnight + timedelta(minutes=5))
    work(town)


def reports(town: Town, office: str = "rsj") -> list[Owed]:
    """What that office ever owed by the year."""
    wanted = select(duty).where(duty.c.begun == YEARLY, duty.c.office == office).order_by(duty.c.start)
    return town.house.store.read(lambda c: [owed_in(row) for row in c.execute(wanted)])


def test_the_report_on_last_year_is_owed_each_january_until_it_is_out(town: Town) -> None:
    last = publish(town.house, sample(town, "t12-annual-summary", 渠道="[website]"), by=BY)  # on 2025
    work(town)
    assert reports(town) == []
    new_year(town, 2027)
    (one,) = reports(town)
    assert (one.about, one.section, f"{one.last}", one.done_at) == (
        "2026年度政府信息公开年报",
        "bgs",
        "2027-01-31",
        None,
    )
    assert one.rule.source.startswith("政府信息公开条例第四十九条")
    assert reports(town, "ybj") == [], "it published nothing yet"
    assert [f"{each.due_at:%m-%d}" for each in planned_of(town, one)][:3] == ["01-22", "01-28", "01-29"]
    town.clock.advance(40 * 86_400)
    new = publish(town.house, sample(town, "t12-annual-summary", 渠道="[website]"), by=BY)  # on 2026
    work(town)
    (met,) = reports(town)
    assert (met.id, met.how, met.ended_by, met.is_late) == (one.id, "met", new.message, True)
    assert planned_of(town, one) == []
    withdraw(town.house, new.notice, reason="弄错", by=BY)
    work(town)
    (again,) = reports(town)
    assert (again.done_at, last.notice != new.notice) == (None, True)
    new_year(town, 2028)
    assert [one.about for one in reports(town)] == ["2026年度政府信息公开年报", "2027年度政府信息公开年报"]


def test_a_machine_that_stood_still_over_january_owes_it_all_the_same(town: Town) -> None:
    publish(town.house, sample(town, "t05-cases-completed", 渠道="[website]"), by=BY)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    town.clock.set(datetime(2027, 3, 1, 9, tzinfo=SHANGHAI))
    work(town)
    assert [f"{one.last}" for one in reports(town)] == ["2027-01-31"]


def test_who_began_after_its_day_owes_nothing_for_that_year(town: Town) -> None:
    town.clock.set(datetime(2027, 2, 1, 9, tzinfo=SHANGHAI))
    publish(town.house, sample(town, "t05-cases-completed", 渠道="[website]"), by=BY)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(town.clock.now())))
    town.clock.advance(86_400)
    work(town)
    assert reports(town) == []
    new_year(town, 2028)
    assert [one.about for one in reports(town)] == ["2027年度政府信息公开年报"]


def planned_of(town: Town, one: Owed) -> list[Trigger]:
    """Its reminders that are still to come."""
    return town.house.store.read(lambda c: reminders.planned(c, [one.id])).get(one.id, [])


# -- what the office looks at by itself ------------------------------------------------------------------


def begun(town: Town, by: str, office: str = "rsj") -> list[Owed]:
    """What was ever begun so, in order."""
    wanted = select(duty).where(duty.c.begun == by, duty.c.office == office).order_by(duty.c.start, duty.c.about)
    return town.house.store.read(lambda c: [owed_in(row) for row in c.execute(wanted)])


def nights(town: Town, count: int) -> None:
    """So many nights pass, each with its recount."""
    for _ in range(count):
        (due,) = [name.split("/")[1] for name, state in planned(town).items() if state == "planned"]
        town.clock.set(datetime.fromisoformat(f"{due}T00:05:00+08:00"))
        work(town)


def test_the_self_check_tells_once_a_week_what_is_amiss_until_it_is_dealt_with(town: Town) -> None:
    late = begin(town)  # by 25 November
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    nights(town, 6)
    assert begun(town, SELF_CHECK) == [], "it is overdue since Thursday, and looked at on Mondays"
    nights(town, 1)
    (one,) = begun(town, SELF_CHECK)
    assert (one.about, one.section, f"{one.last}") == ("1项期限超期", "jy", "2026-11-30")
    assert [(f"{each.due_at:%m-%d %H:%M}", each.detail["to"]) for each in planned_of(town, one)] == [
        ("11-30 01:00", "owner")
    ], "once, at nine, and nobody above is told"
    assert next(each.what for each in check(town.house.home, town.clock) if "自查" in each.what).startswith(
        "机关 rsj 自查：1项期限超期。"
    )
    nights(town, 1)
    (over,) = begun(town, SELF_CHECK)
    assert (over.how, over.is_late) == ("到期自动结束", False)
    nights(town, 5)
    assert len(begun(town, SELF_CHECK)) == 1
    nights(town, 1)
    assert [f"{each.last}" for each in begun(town, SELF_CHECK)] == ["2026-11-30", "2026-12-07"]
    town.house.store.write(partial(done, name=late.id, how="办了", by=BY))
    nights(town, 7)
    assert len(begun(town, SELF_CHECK)) == 2, "nothing is amiss"
    assert not [each for each in check(town.house.home, town.clock) if "自查" in each.what]


def test_what_is_no_sections_own_is_of_the_first_that_has_a_head() -> None:
    sections = {"sb": "社保股", "jy": "就业股", "bgs": "办公室"}
    of = {"name": "x", "short": "x", "code": "x", "phone": "1", "supervision_phone": "1", "sections": sections}
    assert OfficeTable.model_validate(of).first_section == "sb"
    persons = {name: {"endpoints": ["box"]} for name in ("吴桐", "孙股长")}
    staff = {"heads": {"bgs": "吴桐", "jy": "孙股长"}, "persons": persons}
    assert OfficeTable.model_validate({**of, "staff": staff}).first_section == "jy", "a reminder would reach nobody"


def test_the_self_check_tells_of_links_to_what_was_taken_away(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_links, "SLICE", 1)  # a slice a notice: each gives way, and what was counted stays
    monkeypatch.setattr(dead_links, "NEXT", dead_links.NEXT.limit(1))
    guide, stays = town.publish("旧指南"), town.publish("新指南")
    links = f"见[旧指南]({guide.address})和[新指南]({stays.address})"
    citing = [town.publish(f"通知{number}", added=links) for number in range(3)]
    town.publish("区医保局的", of="ybj", added=links)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    nights(town, 7)
    assert begun(town, SELF_CHECK) == begun(town, SELF_CHECK, "ybj") == [], "each leads somewhere"
    town.withdraw(guide, reason="已由新指南代替", leaves="gone")
    nights(town, 6)
    assert begun(town, SELF_CHECK) == [], "looked at on Mondays"
    nights(town, 1)
    (one,), (other,) = begun(town, SELF_CHECK), begun(town, SELF_CHECK, "ybj")
    assert (one.about, one.section, f"{one.last}") == ("3个站内链接打不开", "jy", "2026-12-07")
    assert other.about == "1个站内链接打不开"
    assert [f"{each.due_at:%m-%d %H:%M}" for each in planned_of(town, one)] == ["12-07 01:00"]
    for number, each in enumerate(citing):
        town.correct(each, f"通知{number}", note="更换链接", added=f"见[新指南]({stays.address})")
    for of in ("rsj", "ybj"):
        town.publish("又一件", of=of)  # so that the front page is not stale
    nights(town, 7)
    assert len(begun(town, SELF_CHECK)) == 1, "they were mended"
    assert [each.about for each in begun(town, SELF_CHECK, "ybj")] == [other.about] * 2, "theirs was not"


def test_the_self_check_counts_what_is_amiss_with_each_office_alone(town: Town) -> None:
    publish(town.house, sample(town, "t05-cases-completed", 渠道="[website]"), by=BY)
    work(town)
    later = NOON + timedelta(days=60)  # the front page is stale, a list of notices is not
    look = town.house.store.read
    assert dict(look(lambda c: findings(c, "rsj", NOON))) == {}
    assert dict(look(lambda c: findings(c, "rsj", later))) == {"columns": 1}
    dead = {"stage": "owe", "topic": "notices", "body": b"", "cause": "x", "at": NOON, "state": "waiting"}
    town.house.store.write(lambda tx: tx.connection.execute(insert(dead_letter), dead))
    of = update(endpoint).where(endpoint.c.office == "rsj").values(state="disabled", reason="x")
    changed = town.house.store.write(lambda tx: tx.connection.execute(of).rowcount)
    assert dict(look(lambda c: findings(c, "rsj", NOON))) == {"disabled": changed, "dead": 1}
    assert dict(look(lambda c: findings(c, "ybj", NOON))) == {"dead": 1}


def test_a_monday_that_the_machine_stood_still_over_is_made_up_for(town: Town) -> None:
    begin(town)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    town.clock.set(datetime(2026, 12, 4, 15, tzinfo=SHANGHAI))  # a Friday
    work(town)
    assert [f"{one.last}" for one in begun(town, SELF_CHECK)] == ["2026-12-07"], "the next working morning"
    nights(town, 3)
    assert len(begun(town, SELF_CHECK)) == 2, "which is the next week's as well"


def test_what_is_looked_over_each_half_year_is_owed_until_somebody_says_so(town: Town) -> None:
    publish(town.house, sample(town, "t05-cases-completed", 渠道="[website]"), by=BY)
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(NOON)))
    nights(town, 1)
    assert begun(town, LOOK) == [], "this half-year's time is long over"
    new_year(town, 2027)
    found = begun(town, LOOK)
    assert sorted(one.about for one in found) == sorted(one.about for one in looks())
    assert {f"{one.start:%Y-%m-%d %H}" for one in found} == {"2026-12-31 16"}
    assert all(one.provisional for one in found), "2027 has no calendar yet"
    assert planned_of(town, found[0]) != []
    assert begun(town, LOOK, "ybj") == [], "it published nothing yet"
    nights(town, 2)
    assert begun(town, LOOK) == found
    town.house.store.write(partial(done, name=found[0].id, how="看过", by=BY))
    nights(town, 1)
    assert [one.done_at is None for one in begun(town, LOOK)].count(False) == 1
