"""Recount: shortly after midnight what is owed is counted by the calendar of today, whoever looks at it or nobody.

A year that is published comes with a new program, or by ``gongkai calendar import``; days that it moved are on record.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from config.clock import day_of
from producers.house import House
from producers.recounted_lists import recount_lists
from producers.schedule.give_way import GivesWay
from streams import audit, triggers
from streams.calendars import bring
from streams.dead_links import dead_links
from streams.duties import lapse, plan_reminders, recount
from streams.follow import replan_alone
from streams.looks import begin_looks
from streams.matters import next_open
from streams.quarters import begin_quarter, by_section, ended_by
from streams.self_check import begin_self_check, begins_week
from streams.store.store import Tx
from streams.triggers import Trigger
from streams.yearly import begin_year

RECOUNT = "recount"  # the act's name
# In its detail: each office's dead links so far, the last notice read, the last office whose quarter was told.
DEAD, READ, TOLD = "dead", "read", "told"
AFTER_MIDNIGHT = timedelta(minutes=5)


def next_recount(now: datetime) -> Trigger:
    """The next one after ``now``."""
    begins, ends = day_of(now)
    at = (begins if now < begins + AFTER_MIDNIGHT else ends) + AFTER_MIDNIGHT
    return Trigger(f"{RECOUNT}/{at:%Y-%m-%d}", audit.LEDGER, RECOUNT, "calendar", at, {})


def recount_all(house: House, trigger: Trigger) -> Callable[[Tx], None]:
    """Count anew what each office owes, begin what is owed by the year or half-year, once a week what the self-check
    finds, once a quarter its figures, remind of it all by the rows of today, and plan the next time; before, what is
    told of its matters is planned anew, what ends with its term is ended, and on the day of the self-check the
    notices' links are looked at.

    Raises ``GivesWay`` after each matter, each slice of notices and each office's quarter, until all had their turn.
    """
    _replan_next(house, trigger)
    is_weekly = begins_week(trigger.due_at, house.clock.now())
    if is_weekly:
        _look_at_next_links(house, trigger)
    _tell_next_quarter(house, trigger)
    for office in house.configuration.offices:
        house.store.write(partial(lapse, office=office))
        recount_lists(house, office)

    def act(tx: Tx) -> None:
        bring(tx)
        for office, table in house.configuration.offices.items():
            recount(tx, office)
            begin_year(tx, office, table.first_section, house.outlets)
            begin_looks(tx, office, table.first_section)
            if is_weekly:
                begin_self_check(tx, office, table.first_section, trigger.detail.get(DEAD, {}).get(office, 0))
            plan_reminders(tx, office)
        triggers.plan(tx, next_recount(tx.clock.now()))

    return act


def _replan_next(house: House, trigger: Trigger) -> None:
    """Plan anew what is told of the next matter: of a thousand in one go, whatever falls due would be told late."""
    office, number = trigger.detail.get("after", ("", ""))
    for name in sorted(one for one in house.configuration.offices if one >= office):
        of = house.store.read(partial(next_open, office=name, after=number if name == office else ""))
        if of is not None:
            replan_alone(house.store, name, of, house.outlets)
            house.store.write(partial(triggers.came_to, one=trigger, after=(name, of)))
            raise GivesWay


def _look_at_next_links(house: House, trigger: Trigger) -> None:
    """Count the dead links of the next notices, once a week: what is due at its second waits for no more of them."""
    after, dead = trigger.detail.get(READ, ""), Counter(trigger.detail.get(DEAD, {}))
    if after is None:  # all were read
        return
    found = house.store.read(partial(dead_links, configuration=house.configuration, after=after))
    dead.update(one.office for one in found.dead)
    house.store.write(lambda tx: triggers.came_to(tx, trigger, **{READ: found.last, DEAD: dead}))
    raise GivesWay


def _tell_next_quarter(house: House, trigger: Trigger) -> None:
    """Begin what tells the next office of the quarter that ended; every text of it is read for that."""
    now, before, offices = house.clock.now(), trigger.detail.get(TOLD, ""), house.configuration.offices
    quarter = ended_by(trigger.due_at, now)
    office = min((one for one in offices if one > before), default=None)
    if quarter is None or office is None:
        return
    table = offices[office]
    found = house.store.read(partial(by_section, office=office, quarter=quarter, sections=table.sections, now=now))

    def begin(tx: Tx) -> None:
        begin_quarter(tx, office, table.first_section, quarter, found)
        triggers.came_to(tx, trigger, **{TOLD: office})

    house.store.write(begin)
    raise GivesWay
