"""One duty, as a person reads it and as a program does."""

from datetime import datetime, timedelta
from math import ceil

from rich.text import Text

from config.clock import wall
from config.messages import language, say
from notices.calendar.calendar import Calendar
from notices.calendar.term import Unit
from producers.command.show import minute
from streams.duties import Owed

HOUR = timedelta(hours=1)
A_DAY = 24  # hours: nearer than that, they are told
SOON = 3  # working days


def as_data(one: Owed) -> dict[str, object]:
    """For the JSON answer."""
    return {
        "duty": one.id,
        "office": one.office,
        "section": one.section,
        "about": one.about,
        "rule": one.rule.id,
        "source": one.rule.source,
        "start": one.start,
        "last": one.last,
        "ends_at": one.ends_at,
        "provisional": one.provisional,
        "standing": one.stands,
        "done_at": one.done_at,
        "how": one.how,
    }


def name_of(one: Owed) -> str:
    """What is owed: 主动公开."""
    return one.rule.name_en if language() == "en" else one.rule.name


def when(one: Owed) -> str:
    """Until when; a day of a year that nobody has published is marked."""
    if one.last is None:
        return say("due.open")
    at = minute(one.ends_at) if one.rule.unit is Unit.HOURS else one.last.isoformat()
    return say("due.provisional", at=at) if one.provisional else at


def working_days_left(one: Owed, now: datetime, calendar: Calendar) -> int | None:
    """Working days after today until the last day, that one included; None where that is no day to come."""
    if one.last is None or one.ends_at is None or one.ends_at <= now:
        return None
    today = wall(now).date()
    days = (today + timedelta(days=more) for more in range(1, (one.last - today).days + 1))
    return sum(map(calendar.is_working, days))


def urgency(one: Owed, now: datetime, calendar: Calendar) -> Text:
    """How near it is, in its colour."""
    if one.done_at is not None:
        return Text(say("due.closed", at=minute(one.done_at), how=one.how), style="dim")
    if one.last is None or one.ends_at is None:
        return Text(say("due.stands"), style="dim")
    hours = ceil(abs((one.ends_at - now) / HOUR))
    if one.ends_at <= now:
        late = (wall(now).date() - one.last).days
        told = say("due.overdue", count=late) if hours > A_DAY else say("due.overdue_hours", count=hours)
        return Text(told, style="bold red")
    if hours <= A_DAY:
        return Text(say("due.hours", count=hours), style="bold red")
    count = working_days_left(one, now, calendar) or 0
    return Text(say("due.left", count=count), style="yellow" if count <= SOON else "")
