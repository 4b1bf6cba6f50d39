"""What is owed as iCalendar (RFC 5545), for the calendar on somebody's desk or phone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from config.messages import say
from config.settings import OfficeTable
from notices.calendar.term import Unit
from streams.duties import Owed


def ical(office: OfficeTable, duties: Iterable[Owed], now: datetime) -> bytes:
    """The open duties with a day, each an event of that day; of a term in hours, at its end."""
    found = Calendar.new(
        name=say("due.calendar", "zh", office=office.short), prodid="-//Gongkai//due//ZH", uid=office.code
    )
    for one in duties:
        if one.last is not None and one.ends_at is not None and one.done_at is None:
            found.add_component(_event(one, one.ends_at, now))
    return bytes(found.to_ical())


def _event(one: Owed, ends_at: datetime, now: datetime) -> Event:
    begins: object = ends_at if one.rule.unit is Unit.HOURS else one.last
    event = Event()
    event.add("uid", f"{one.id}@{one.office}.gongkai")
    event.add("dtstamp", now)
    event.add("dtstart", begins)
    if one.rule.unit is not Unit.HOURS:
        event.add("dtend", one.last + timedelta(days=1) if one.last else None)
    event.add(
        "summary",
        say("due.event_provisional" if one.provisional else "due.event", "zh", name=one.rule.name, about=one.about),
    )
    event.add("description", one.rule.source)
    event.add("transp", "TRANSPARENT")
    return event
