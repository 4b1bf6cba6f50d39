"""Reminders stay among staff: no public channel takes one, no channel for staff takes a notice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.base import load, names
from config.channels import channel_names, channel_tables
from config.clock import SHANGHAI, DrivenClock
from config.said_again import said_again
from notices.calendar.rules import rule
from notices.notice import Message, MessageKind, Scope, Urgency
from notices.reminders import Rung
from notices.staleness import COLUMN
from producers.planned import planned as listed
from producers.reminding import Nobody, remind_now
from producers.rendering import routed, try_all
from producers.schedule.fire import fire_due
from producers.schedule.recount import next_recount
from producers.schedule.refusal import LetGo
from producers.schedule.remind import remind
from streams import triggers
from streams.calendars import current
from streams.duties import NotOwed, Owed, add, done, open_duties
from streams.reminders import planned, told
from streams.store.tables import delivery, message, trigger
from tests import factories
from tests.channels.contract import options
from tests.journeys.town import BY, Ground, Outlet, Town, furnish, opened
from tests.producers.desk import acts_of, events_of

NOBODY = 9
STAFF = [name for name in names() if not load(name).public]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An office with an endpoint of every channel; what leaves the machine is rehearsed."""
    home = tmp_path_factory.mktemp("town") / "home"
    furnish(home, NOBODY, [Outlet(name, name, options=options(name), pretend=True) for name in names()])
    with opened(Ground(home, DrivenClock())) as here:
        yield here


def test_there_are_channels_for_staff_and_their_tables_say_so() -> None:
    assert STAFF == ["staff_mail", "staff_wecom", "staff_sms"]
    assert [name for name, table in channel_tables().items() if table.get("staff")] == STAFF


@pytest.mark.parametrize("name", [name for name in names() if name not in STAFF])
def test_no_public_channel_takes_a_reminder(town: Town, name: str) -> None:
    made, reasons = try_all(town.house, factories.reminder(), routed(town.house, "rsj", [name]))
    assert made == {}
    assert [reason.scope for reason in reasons if not reason.unready] == [Scope.UNIT]


@pytest.mark.parametrize("name", STAFF)
def test_no_channel_for_staff_takes_a_notice(town: Town, name: str) -> None:
    made, reasons = try_all(town.house, factories.message(), routed(town.house, "rsj", [name]))
    assert made == {}
    assert "只发内部提醒" in reasons[-1].unready, "it may lack a list of persons, too"
    made, _ = try_all(town.house, factories.reminder(), routed(town.house, "rsj", [name]))
    assert [of.channel for of in made] == [name]


def test_no_file_may_name_one() -> None:
    assert set(channel_names().values()) == set(names()) - set(STAFF)


# -- saying it ---------------------------------------------------------------------------------------

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
FIRST = datetime(2026, 12, 14, 9, tzinfo=SHANGHAI)  # seven days before the last
HERE = {
    "heads": {"sb": "孙股长", "bgs": "孙股长"},
    "director": "郑局",
    "persons": {"孙股长": {"endpoints": ["sun"]}, "郑局": {"endpoints": ["zheng", "ban"]}},
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Town]:
    """An office whose staff are told by rehearsed mails."""
    boxes = [Outlet(name, "staff_mail", options=options("staff_mail"), pretend=True) for name in ("sun", "zheng")]
    everyone = Outlet("ban", "mail", options=options("mail"), pretend=True)
    furnish(tmp_path / "home", NOBODY, [*boxes, everyone], staff=HERE)
    with opened(Ground(tmp_path / "home", DrivenClock(MONDAY))) as here:
        yield here


def owe(town: Town, name: str = "feedback", about: str = "办结情况", section: str = "sb") -> Owed:
    """Something that a person began."""
    current(town.house.store, "rsj")
    start = town.clock.now()
    made = partial(add, rule=rule(name), start=start, office="rsj", section=section, about=about, by=BY)
    return town.house.store.write(made)


def said(town: Town) -> list[Message]:
    """Every reminder that was said, in order."""
    wanted = select(message.c.content).where(message.c.kind == MessageKind.REMINDER).order_by(message.c.released_at)
    return [
        Message.model_validate_json(one) for one in town.house.store.read(lambda c: c.execute(wanted).scalars().all())
    ]


def end(town: Town, of: Owed) -> tuple[str, str]:
    """How the first of its reminders ended."""
    wanted = select(trigger.c.state, trigger.c.cause).where(trigger.c.subject == of.id).order_by(trigger.c.due_at)
    return town.house.store.read(lambda c: tuple(c.execute(wanted).first() or ()))


def test_it_is_said_once_however_often_and_by_however_many(desk: Town) -> None:
    one = owe(desk)
    desk.clock.set(FIRST)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: fire_due(desk.house), range(8))) == 1
    (only,) = said(desk)
    assert only.endpoints == ("sun",)
    assert only.id == f"reminder-{one.id}-owner-20261214T090000.1"
    assert events_of(desk, only.subject) == ["gongkai.staff.reminded.v1"]
    desk.settle()
    kept = desk.house.store.read(lambda c: c.execute(select(delivery.c.endpoint, delivery.c.state)).all())
    assert [tuple(row) for row in kept] == [("sun", "pretended")]


def test_who_was_told_what_is_in_the_audit_of_the_duty(desk: Town) -> None:
    one = owe(desk)
    desk.clock.set(FIRST)
    fire_due(desk.house)
    assert acts_of(desk, one.id) == ["duty.added", "duty.reminded"]
    (told_,) = desk.house.store.read(lambda c: told(c, [one.id]))[one.id]
    assert (told_.who, told_.persons, told_.endpoints) == ("gongkai", ("孙股长",), ("sun",))


def test_what_was_met_in_the_meantime_is_not_reminded_of(desk: Town) -> None:
    """Between the look and the transaction, too."""
    one = owe(desk)
    desk.clock.set(FIRST)
    (due, *_) = desk.house.store.read(lambda c: planned(c, [one.id]))[one.id]
    act = remind(desk.house, due)
    desk.house.store.write(lambda tx: done(tx, one.id, how="已公开", by=BY))
    with pytest.raises(LetGo):
        desk.house.store.write(act)
    assert said(desk) == []
    assert fire_due(desk.house) == 0


def test_a_column_that_has_something_new_is_reminded_of_by_its_new_day(desk: Town) -> None:
    """The night plans it; what was planned by the old day says nothing, before the next night too."""
    house = desk.house
    house.store.write(lambda tx: triggers.plan(tx, next_recount(MONDAY)))
    desk.publish("甲", channels=["mail"])
    desk.settle()
    (front,) = [one for one in house.store.read(lambda c: open_duties(c, "rsj")) if one.begun == COLUMN]
    assert house.store.read(lambda c: planned(c, [front.id])) == {}
    desk.clock.set(MONDAY.replace(day=24, hour=0, minute=6))
    fire_due(house)
    (due, *_) = house.store.read(lambda c: planned(c, [front.id]))[front.id]
    assert due.due_at == datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)
    desk.clock.set(MONDAY.replace(day=27))
    desk.publish("乙", channels=["mail"])
    desk.settle()
    with pytest.raises(LetGo):
        remind(house, due)
    desk.clock.set(due.due_at)
    fire_due(house)
    assert said(desk) == []
    desk.clock.set(datetime(2026, 12, 4, 9, tzinfo=SHANGHAI))
    fire_due(house)
    assert [one.version.fields["about"] for one in said(desk)] == ["乙"]


def test_while_the_clock_is_doubted_who_owes_it_within_hours_is_reminded(desk: Town) -> None:
    owe(desk)
    owe(desk, "briefing")
    fire_due(desk.house)  # the clock is believed as it is
    desk.clock.put(12 * 3_600)
    assert fire_due(desk.house) > 0
    assert {one.urgency for one in said(desk)} == {Urgency.EMERGENCY}


def test_while_the_clock_is_doubted_nobody_is_reminded_of_days(desk: Town) -> None:
    owe(desk)
    fire_due(desk.house)  # the clock is believed as it is
    desk.clock.put(40 * 86_400)
    assert fire_due(desk.house) == 0
    assert said(desk) == []
    desk.clock.put(-40 * 86_400)
    desk.clock.set(FIRST)
    assert fire_due(desk.house) == 1


def test_where_the_staff_are_not_there_any_more_it_ends_and_says_so(desk: Town) -> None:
    one = owe(desk, section="jy")
    desk.clock.set(FIRST)
    assert fire_due(desk.house) == 0
    state, cause = end(desk, one)
    assert (state, said(desk)) == ("cancelled", [])
    assert acts_of(desk, one.id) == ["duty.added", "trigger.dropped"]
    assert cause.startswith("没有提醒：责任人、B角都不在 [offices.rsj.staff.persons] 里")
    assert said_again(cause, "en").startswith("nobody was reminded: [offices.rsj.staff.persons] has neither")


def test_a_person_asks_for_one_and_the_plan_stays(desk: Town) -> None:
    one = owe(desk)
    before = desk.house.store.read(lambda c: planned(c, [one.id]))
    ready = remind_now(desk.house, one.id, Rung.DIRECTOR, by="张三")
    assert ready.message.endpoints == ("zheng",), "a public list is none of staff's endpoints"
    assert desk.house.store.read(lambda c: planned(c, [one.id])) == before
    assert desk.house.store.read(lambda c: told(c, [one.id]))[one.id][0].who == "张三"
    with pytest.raises(Nobody, match="没有写 office"):
        remind_now(desk.house, one.id, Rung.OFFICE, by="张三")
    desk.house.store.write(lambda tx: done(tx, one.id, how="已公开", by=BY))
    with pytest.raises(NotOwed):
        remind_now(desk.house, one.id, Rung.HEAD, by="张三")


def test_what_has_not_left_when_the_next_is_due_is_not_sent_any_more(desk: Town) -> None:
    owe(desk)
    desk.clock.set(FIRST)
    fire_due(desk.house)
    assert said(desk)[0].expires_at == datetime(2026, 12, 18, 9, tzinfo=SHANGHAI)


def test_an_emergency_goes_by_the_lane_of_emergencies(desk: Town) -> None:
    owe(desk, "briefing")
    desk.clock.set(MONDAY + timedelta(hours=12))
    fire_due(desk.house)
    (only,) = said(desk)
    assert only.urgency is Urgency.EMERGENCY
    assert only.expires_at == MONDAY + timedelta(hours=23)


@pytest.mark.parametrize("about", ["长" * 400, "办结情况\u3000第1批", "**粗** <b> {{ 7*191 }} @all"])
def test_whatever_it_is_about_a_reminder_can_be_said(desk: Town, about: str) -> None:
    one = owe(desk, about=about)
    ready = remind_now(desk.house, one.id, Rung.HEAD, by=BY)
    assert len(ready.message.version.title) < 120
    assert [of.channel for of in ready.renditions] == ["staff_mail"]


def test_the_list_of_timed_releases_has_none_of_them(desk: Town) -> None:
    owe(desk)
    assert listed(desk.house, ["rsj"]) == listed(desk.house, ["rsj"], ended=True) == []
