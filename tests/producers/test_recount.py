"""Recount: what is owed is counted by the newest calendar every night, without anybody who looks."""

from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from config.clock import SHANGHAI
from notices.calendar.rules import rule
from producers.schedule.fire import fire_due
from producers.schedule.recount import RECOUNT, next_recount
from producers.schedule.scheduler import Scheduler
from streams import triggers
from streams.calendars import add_own, current
from streams.duties import Owed, add, owed
from streams.store.tables import trigger
from tests.journeys.town import BY, Town
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


def test_a_scheduler_begins_with_it(town: Town) -> None:
    made = Scheduler(town.house)
    made.start()
    until(lambda: planned(town))
    made.stop()
    assert list(planned(town).values()) == ["planned"]
