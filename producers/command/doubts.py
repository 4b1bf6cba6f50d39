"""What an author should look at once more: nothing of it stops a notice."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from rich.text import Text

from config.clock import wall
from config.kinds import kinds
from config.limits import limits
from config.messages import language, say
from notices.asked import CONSULTS, TO
from notices.calendar.calendar import Calendar
from notices.calendar.rules import rule
from notices.calendar.term import rolled
from notices.document import Draft
from notices.matter import EXTENDS
from notices.steps import of_day
from notices.suspects import differing
from notices.validity import end_of
from producers.command import labels
from producers.house import House
from producers.late_release import late_releases
from producers.shown_days import provisional_days
from streams.calendars import calendar_of


@dataclass(frozen=True)
class Doubt:
    """One figure in doubt, and the sentence that says why."""

    text: str
    figure: str
    near: str = ""
    field: str = ""
    line: int = 0
    label: str = ""
    expected: str = ""


def doubts(house: House, draft: Draft) -> tuple[Doubt, ...]:
    """Every doubt about ``draft``, should it be published now."""
    found = [
        Doubt(text=say("command.suspect", **asdict(one)), **asdict(one))
        for one in differing(draft.content, draft.lines)
    ]
    content = draft.content
    end = end_of(content.ends_on, content.expires_at)
    if end and end.at <= house.clock.now():
        found.append(Doubt(say("command.ended", until=end.until, state=end.state), end.until))
    if content.kind in (CONSULTS, EXTENDS):
        calendar = house.store.read(lambda c: calendar_of(c, content.office))
        found += _ends_on_a_day_off(draft, calendar)
    return (*found, *_long_digests(draft), *_provisional(house, draft), *_too_late(house, draft))


def _long_digests(draft: Draft) -> Iterator[Doubt]:
    """A digest that is taken, and longer than readers of a list see."""
    content = draft.content
    for channel in content.channels:
        limit, own = limits(channel).get("digest"), content.wording.get(channel, {}).get("summary")
        length = len(content.summary if own is None else own)
        if limit is not None and limit.advised is not None and limit.advised < length <= limit.value:
            told = {"label": labels.limit(limit), "actual": length, "advised": limit.advised, "most": limit.value}
            label = "内容概述" if own is None else "渠道用语"
            where = {"field": "summary" if own is None else "wording", "label": label}
            line = draft.lines.get(label, 0)
            yield Doubt(
                say("command.digest_long", **told), str(length), line=line, expected=str(limit.advised), **where
            )


def _provisional(house: House, draft: Draft) -> Iterator[Doubt]:
    """Working days of a year that nobody has published yet."""
    now, at = house.clock.now(), draft.content.release_at
    for one in provisional_days(house, draft.content, at if at is not None and at > now else now):
        text = say("command.provisional_days", label=one.label, given=one.given, dates=one.dates, actual=one.actual)
        where = {"field": one.label, "label": one.label, "expected": str(one.actual)}
        yield Doubt(text, one.given, line=draft.lines.get(one.label, 0), **where)


def _too_late(house: House, draft: Draft) -> Iterator[Doubt]:
    """What is timed for later than the law allows."""
    at, label = draft.content.release_at, "定时发布"
    if at is None or at <= house.clock.now():
        return
    for late in late_releases(house, draft, at):
        named, minute = late.name_en if language() == "en" else late.name, f"{wall(at):%Y-%m-%d %H:%M}"
        text = say("command.timed_late", name=named, at=minute, until=late.last, source=late.source)
        yield Doubt(text, minute, field="release_at", line=draft.lines.get(label, 0), label=label)


def _ends_on_a_day_off(draft: Draft, calendar: Calendar) -> Iterator[Doubt]:
    """A window whose last day is a day off: the term would run to the next working day, the form closes as typed."""
    last, label = date.fromisoformat(draft.content.fields[TO]), kinds()[draft.content.kind].field(TO).label
    until = rolled(last, calendar) if rule("comments").rolls else last
    if until != last:
        told = {"label": label, "day": of_day(last), "off": calendar.reason(last), "until": of_day(until)}
        text = say("command.ends_on_day_off", **told)
        where = {"field": label, "label": label, "expected": of_day(until)}
        yield Doubt(text, of_day(last), line=draft.lines.get(label, 0), **where)


def lines(found: Sequence[Doubt]) -> Iterator[Text]:
    """A line for each."""
    for one in found:
        yield Text.assemble(("  ! ", "yellow"), one.text)
