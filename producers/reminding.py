"""A reminder of one duty: who is told, in which words, by which renditions; and how it is said.

Whoever cannot be told at one endpoint is told at the others; a key that is missing is a matter of that lane.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select

from channels.base import Rendition
from channels.reminder import KIND
from config.clock import wall
from config.kinds import kinds
from config.messages import say as words
from config.settings import StaffTable
from notices.begins import DOSSIER, SELF_CHECK, SHOWN_DAYS, Begin, Met, begins
from notices.calendar.term import Unit
from notices.notice import Message, MessageKind, Scope, Urgency, Version
from notices.quarter import QUARTER
from notices.reminders import Rung
from notices.yearly import YEAR, YEARLY, year_of, yearlies
from producers.house import House
from producers.lists import audience_of, lists_of_public
from producers.lookup import newest
from producers.publish import hashes
from producers.quarter_told import command_of, told_in
from producers.reach import Reach, reach
from producers.rendering import try_all
from producers.say import Edition, approve, say
from producers.staff import Whom, whom
from streams import audit, duties
from streams.duties import NotOwed, Owed
from streams.events import StaffReminded, new_trace
from streams.outlets import Endpoint, endpoint_of
from streams.reminders import REMINDED, is_open
from streams.store.store import Tx
from streams.store.tables import endpoint

log = structlog.get_logger()
LONGEST = 60  # characters of what it is about: a subject line has to hold them
A_DAY = timedelta(days=1)
TAKE_DOWN = "take-down"  # the row of config/begins.toml that a withdrawal is the answer to
ASKED = "asked"  # in place of a row: a person asked for it


class Nobody(Exception):
    """Nobody is named on this rung, or nobody named can be reached; the text says what is missing."""


@dataclass(frozen=True)
class Ready:
    """A reminder that can be said."""

    message: Message
    renditions: Mapping[Edition, Rendition]
    to: Rung
    whom: Whom
    duty: str


def _reachable(house: House, owed: Owed, to: Rung, version: Version | None) -> tuple[Whom, list[Endpoint]]:
    """Who is told today, and where. Raises ``Nobody``."""
    staff: StaffTable = house.configuration.offices[owed.office].staff
    owners = (version.owner, version.deputy) if version else ()
    found = whom(staff, to, owed.section, owners, wall(house.clock.now()).date())
    if not found.persons:
        raise Nobody(words(f"schedule.nobody_{to}", section=owed.section, office=owed.office))
    wanted = select(endpoint).where(endpoint.c.office == owed.office, endpoint.c.id.in_(found.endpoints))
    rows = house.store.read(lambda c: c.execute(wanted.order_by(endpoint.c.id)).all())
    there = [one for one in map(endpoint_of, rows) if not house.outlets.channel_class(one).public]
    if not there:
        raise Nobody(words("schedule.no_staff_endpoint", endpoints="、".join(found.endpoints)))
    return found, there


def _version_of(house: House, owed: Owed) -> Version | None:
    """The newest text of the notice that owes it; None where a person began it."""
    notice = owed.notice
    return None if notice is None else house.store.read(lambda c: newest(c, notice))


def prepare(
    house: House, owed: Owed, to: Rung, name: str, *, was: date | None = None, expires_at: datetime | None = None
) -> Ready:
    """The reminder called ``name`` of what is ``owed``, for those on the rung ``to``; ``was``: its day before it moved.

    Raises ``Nobody``.
    """
    version = _version_of(house, owed)
    found, there = _reachable(house, owed, to, version)
    message = _message(house, owed, to, name, version, found, was, expires_at)
    renditions, reasons = try_all(house, message, there)
    made = [one for one in there if Edition(one.channel, house.outlets.channel(one).edition) in renditions]
    reaches = reach(house, message, made, renditions)
    lists = house.store.read(partial(lists_of_public, office=owed.office))
    judged = [(one.endpoint, _obstacle(one, lists)) for one in reaches]
    fits = [one for one, cause in judged if not cause]
    obstacles = [cause for _, cause in judged if cause]
    if not fits:
        causes = [*(one.unready or one.channel for one in reasons), *obstacles]
        raise Nobody(words("schedule.no_rendition", causes="; ".join(causes)))
    if obstacles:
        log.warning("reminder_left_out", duty=owed.id, causes=obstacles)
    message = message.model_copy(update={"endpoints": tuple(one.id for one in fits)})
    return Ready(message, renditions, to, found, owed.id)


def _obstacle(one: Reach, lists: Mapping[str, str]) -> str:
    """Why it may not be said at an endpoint that speaks to persons: its audience is one of the ``lists`` of the public,
    nobody is there, or more than staff can be; empty where it may."""
    audience = audience_of(one.endpoint)
    if audience is not None and audience in lists:
        return words("remind.list_of_public", endpoint=one.endpoint.id, audience=audience, other=lists[audience])
    if one.people == 0:
        return words("remind.nobody_there", endpoint=one.endpoint.id)
    if one.ceiling is not None and one.price > one.ceiling:
        values = {"people": one.people, "price": f"{one.price:.2f}", "ceiling": f"{one.ceiling:.2f}"}
        return words("remind.too_dear", endpoint=one.endpoint.id, **values)
    return ""


def tell(tx: Tx, ready: Ready, *, by: str, row: str) -> None:
    """Say it, in the transaction of what it is said for; it is in the audit of the duty."""
    message = ready.message
    approve(tx, message.id, ready.renditions)
    said = StaffReminded(
        notice=message.subject, message=message.id, sequence=1, office=message.office.id, duty=ready.duty
    )
    say(tx, message, said, new_trace())
    detail = {
        "to": ready.to,
        "row": row,
        "stage": message.version.fields["stage"],
        "persons": [one.name for one in ready.whom.persons],
        "endpoints": list(message.endpoints),
        "message": message.id,
        "renditions": hashes(ready.renditions),
    }
    audit.record(tx, office=message.office.id, who=by, act=REMINDED, subject=ready.duty, detail=detail)


def remind_now(house: House, duty: str, to: Rung, *, by: str) -> Ready:
    """Remind of it at once because ``by`` asks for it. Raises ``Nobody``, or ``NotOwed`` when it is not open."""
    one = house.store.read(lambda c: duties.owed(c, duty))
    if one.is_over(house.clock.now()):
        raise NotOwed(one.id)
    ready = prepare(house, one, to, f"reminder-{one.id}-asked-{wall(house.clock.now()):%Y%m%dT%H%M%S%f}")

    def act(tx: Tx) -> None:
        if not is_open(tx, one.id):
            raise NotOwed(one.id)
        tell(tx, ready, by=by, row=ASKED)

    house.store.write(act)
    return ready


def _message(
    house: House,
    owed: Owed,
    to: Rung,
    name: str,
    notice: Version | None,
    found: Whom,
    was: date | None,
    expires_at: datetime | None,
) -> Message:
    office, now = house.outlets.office(owed.office), house.clock.now()
    hours = owed.rule.unit is Unit.HOURS
    settings = house.configuration.installation
    stage = words(f"remind.{'moved' if was else _stage(owed, to, now)}", "zh")
    begin = next((one for one in begins() if one.id == owed.begun), None)
    todo, command = _todo(owed, begin, notice, several=len(house.configuration.offices) > 1)
    notes = [*found.delegations]
    if was is not None:
        notes.append(words("remind.was", "zh", day=was))
    if owed.ends_at is not None and owed.ends_at <= now:
        notes.append(words("remind.overdue_since", "zh"))
    about = owed.about
    if owed.begun == QUARTER:
        about, figures = told_in(about)
        notes.append(figures)
    about = about if len(about) <= LONGEST else f"{about[: LONGEST - 1]}…"
    until = _until(owed)
    fields = {
        "stage": stage,
        "until": until,
        "by": _by(owed),
        "duty": owed.rule.name,
        "about": about,
        "number": owed.index_number or "",
        "whose": office.sections.get(owed.section, owed.section),
        "basis": owed.rule.source,
        "todo": todo,
        "command": command,
        "note": "；".join(notes),
    }
    today = wall(now).date()
    version = Version(
        notice=name,
        number=1,
        office=owed.office,
        kind=KIND,
        index_number=owed.index_number or owed.id,
        title=words("remind.title", "zh", stage=stage, name=owed.rule.name, about=about),
        issued_on=today,
        formed_on=today,
        topic="政务公开",
        genre="通知",
        disclosure="依申请公开",
        disclosure_basis=owed.rule.source,
        scope=Scope.UNIT,
        urgency=Urgency.EMERGENCY if hours else Urgency.ROUTINE,
        section=owed.section,
        owner=notice.owner if notice else found.persons[0].name,
        deputy=notice.deputy if notice else None,
        phone=office.phone,
        supervision_phone=office.supervision_phone,
        summary=words("remind.summary", "zh", name=owed.rule.name, until=until),
        fields={label: value for label, value in fields.items() if value},
        channels=tuple(kinds()[KIND].channels),
        body=words("remind.summary", "zh", name=owed.rule.name, until=until),
    )
    return Message(
        id=f"{name}.1",
        subject=name,
        sequence=1,
        kind=MessageKind.REMINDER,
        office=office,
        version=version,
        address=f"http://{settings.inner_host}:{settings.inner_port}/due#{owed.id}",
        urgency=version.urgency,
        expires_at=expires_at or (now + A_DAY if hours else None),
    )


def _stage(owed: Owed, to: Rung, now: datetime) -> str:
    """As it is now, whenever it was to be said: a machine may have stood still."""
    if owed.ends_at is not None and owed.ends_at <= now:
        return "late" if to in (Rung.OWNER, Rung.HEAD) else "escalated"
    return "today" if owed.last == wall(now).date() else "soon"


def _until(owed: Owed) -> str:
    if owed.last is None or owed.ends_at is None:
        return words("due.open", "zh")
    if owed.rule.unit is Unit.HOURS:
        return words("remind.until_hour", "zh", at=f"{wall(owed.ends_at):%Y-%m-%d %H:%M}")
    weekday = words(f"calendar.weekday_{owed.last.weekday()}", "zh")
    until = words("remind.until_day", "zh", day=owed.last, weekday=weekday)
    return words("remind.provisional", "zh", until=until) if owed.provisional else until


def _by(owed: Owed) -> str:
    """The same in the few characters that a variable of a text holds; empty while it is open."""
    if owed.last is None or owed.ends_at is None:
        return ""
    if owed.rule.unit is Unit.HOURS:
        at = wall(owed.ends_at)
        return words("remind.by_hour", "zh", month=at.month, day=at.day, clock=f"{at:%H:%M}")
    name = "remind.by_day_provisional" if owed.provisional else "remind.by_day"
    return words(name, "zh", month=owed.last.month, day=owed.last.day)


def _todo(owed: Owed, begin: Begin | None, notice: Version | None, *, several: bool) -> tuple[str, str]:
    """What meets it, and the command for that; it names the office where there are ``several``."""
    done = f"gongkai due done {owed.id} --how 怎么办的"
    if owed.begun == SELF_CHECK:
        return words("remind.todo_self_check", "zh"), "gongkai check"
    if owed.begun == QUARTER:
        return words("remind.todo_quarter", "zh"), command_of(owed, several=several)
    if owed.begun == SHOWN_DAYS:
        return words(
            "remind.todo_shown_days", "zh"
        ), f"gongkai correct {owed.index_number} 文件.md --note 按放假安排更正公示期"
    if owed.begun == YEARLY:
        label = kinds()[yearlies()[0].kinds[0]].field(YEAR).label
        told = words("remind.todo_yearly", "zh", about=owed.about, label=label, year=year_of(owed.start) - 1)
        return told, "gongkai publish 文件.md"
    if owed.begun == TAKE_DOWN:
        return words("remind.todo_take_down", "zh"), f"gongkai withdraw {owed.index_number} --reason 公示期满"
    if begin is not None and begin.met is Met.RELEASE:  # it is open while its release is timed
        return words("remind.todo_release", "zh"), f"gongkai triggers cancel {owed.notice} --reason 提前公布"
    if begin is not None and begin.command and notice is not None:
        filled = {DOSSIER: shlex.quote(str(notice.fields.get(DOSSIER, ""))), "number": owed.index_number}
        command = begin.command.format(**filled) + (f" --office {owed.office}" if several else "")
        if begin.met is Met.TIME:
            return words("remind.todo_time", "zh"), command
        return words("remind.todo_prepared", "zh", kind=kinds()[begin.kind].name), command
    if begin is not None and begin.met is Met.NOTICE and begin.kind:
        return words("remind.todo_notice", "zh", kind=kinds()[begin.kind].name), "gongkai publish 文件.md"
    if begin is not None and begin.met is Met.NOTICE:
        return words("remind.todo_any", "zh"), done
    if begin is not None and begin.met is Met.FIELD and begin.says and begin.kinds:
        (field, values), *_ = begin.says.items()
        label = kinds()[begin.kinds[0]].field(field).label
        told = words("remind.todo_field", "zh", field=label, values="、".join(values))
        return told, f"gongkai correct {owed.index_number} 文件.md --note 改了什么"
    return words("remind.todo_word", "zh"), done
