"""Remind: staff are told of what they owe, and those above them of what is not done; of several, the last.

A reminder that nobody needs any more ends without being said, and its cause says why.
"""

from collections.abc import Callable
from datetime import date, datetime

from config.clock import wall
from notices.reminders import Rung, reminder_rules
from producers.house import House
from producers.reminding import Nobody, prepare, tell
from producers.schedule.refusal import LetGo
from streams import reminders
from streams.duties import NotOwed, Owed, owed
from streams.store.store import Tx
from streams.triggers import Trigger

WHO = "gongkai"


def remind(house: House, trigger: Trigger) -> Callable[[Tx], None]:
    """Say the reminder that ``trigger`` is of. Raises ``LetGo`` where it is not wanted any more, or reaches nobody."""
    now = house.clock.now()
    try:
        one = house.store.read(lambda c: owed(c, trigger.subject))
    except NotOwed:
        raise LetGo("not_wanted") from None
    if one.office not in house.configuration.offices:
        raise LetGo("no_office", office=one.office)
    if not house.store.read(lambda c: reminders.is_wanted(c, one, trigger, now)):
        raise LetGo("not_wanted")
    if _is_overtaken(house, one, trigger, now):
        raise LetGo("overtaken")
    to, was = Rung(trigger.detail["to"]), trigger.detail.get("was")
    try:
        ready = prepare(
            house,
            one,
            to,
            _name(trigger),
            was=date.fromisoformat(was) if was else None,
            expires_at=_next(house, one, now),
        )
    except Nobody as nobody:
        raise LetGo("nobody", cause=str(nobody)) from None

    def act(tx: Tx) -> None:
        if not reminders.is_open(tx, one.id):
            raise LetGo("not_wanted")
        tell(tx, ready, by=WHO, row=trigger.detail["row"])

    return act


def is_in_hours(trigger: Trigger) -> bool:
    """Of a term that is counted in hours: it goes by a doubted clock too, for to hear of it too late is worse."""
    return any(row.id == trigger.detail["row"] and row.of == "hours" for row in reminder_rules().rows)


def _is_overtaken(house: House, one: Owed, trigger: Trigger, now: datetime) -> bool:
    """Something that fell due later reaches somebody."""
    later = house.store.read(lambda c: reminders.overtakes(c, trigger, now))
    return any(_can_be_said(house, one, other) for other in later)


def _can_be_said(house: House, one: Owed, other: Trigger) -> bool:
    try:
        prepare(house, one, Rung(other.detail["to"]), _name(other))
    except Nobody:
        return False
    return True


def _next(house: House, one: Owed, now: datetime) -> datetime | None:
    """When the next one is due: what has not left by then is not sent any more."""
    waiting = house.store.read(lambda c: reminders.planned(c, [one.id])).get(one.id, [])
    return next((other.due_at for other in waiting if other.due_at > now), None)


def _name(trigger: Trigger) -> str:
    """The subject of its message: the duty, the rung and the instant, as the trigger has them."""
    _, duty, what, _ = trigger.id.split("/")
    return f"reminder-{duty}-{what}-{wall(trigger.due_at):%Y%m%dT%H%M%S}"
