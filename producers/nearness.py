"""How near the day is by which something is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from config.clock import wall
from config.messages import Language, say
from notices.calendar.calendar import Calendar
from notices.calendar.term import Unit
from streams.duties import Owed

HOUR = timedelta(hours=1)
A_DAY = 24  # hours: nearer than that, they are told
SOON = 3  # working days


@dataclass(frozen=True)
class Near:
    """``due.{name}`` of the catalogue says it, with ``count``."""

    name: str  # stands | lapsed | overdue | overdue_hours | hours | left, or how it ended
    count: int
    level: str  # late | soon | calm | over


def nearness(one: Owed, now: datetime, calendar: Calendar) -> Near:
    """As it is at ``now``."""
    if one.done_at is not None:
        return Near(_ended(one), 0, "soon" if one.is_late else "over")
    if one.last is None or one.ends_at is None:
        return Near("stands", 0, "over")
    if one.is_over(now):  # what writes it down comes a little later
        return Near("lapsed", 0, "over")
    hours = ceil(abs((one.ends_at - now) / HOUR))
    if one.ends_at <= now and hours > A_DAY:
        return Near("overdue", (wall(now).date() - one.last).days, "late")
    if hours <= A_DAY:
        return Near("overdue_hours" if one.ends_at <= now else "hours", hours, "late")
    count = working_days_left(one, now, calendar) or 0
    return Near("left", count, "soon" if count <= SOON else "calm")


def _ended(one: Owed) -> str:
    """closed: by a person's word; met, met_itself: by a release, by that of its own notice; withdrawn; dropped."""
    if one.ended_by is None:
        name = "closed"
    else:
        name = "met_itself" if one.how == "met" and one.ended_by_notice == one.notice else str(one.how)
    return f"{name}_late" if one.is_late else name


def working_days_left(one: Owed, now: datetime, calendar: Calendar) -> int | None:
    """Working days after today until the last day, that one included; None where that is no day to come."""
    if one.last is None or one.ends_at is None or one.ends_at <= now:
        return None
    today = wall(now).date()
    days = (today + timedelta(days=more) for more in range(1, (one.last - today).days + 1))
    return sum(map(calendar.is_working, days))


def until(one: Owed, lang: Language | None = None) -> str:
    """Its last day, or the minute of a term in hours; what rests on a year nobody has published is marked."""
    if one.last is None or one.ends_at is None:
        return say("due.open", lang)
    at = f"{wall(one.ends_at):%Y-%m-%d %H:%M}" if one.rule.unit is Unit.HOURS else one.last.isoformat()
    return say("due.provisional", lang, at=at) if one.provisional else at
