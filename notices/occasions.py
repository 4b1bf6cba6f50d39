"""What is to be told of a matter, and when: decided from the matter as it stands, past and to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest

from config.kinds import kinds
from config.matters import tellings
from notices.asked import CONSULTS
from notices.matter import EXPLAINS, FEEDS_BACK, REPORTS, Matter, begin_of, end_of
from notices.milestones import PLANNED
from notices.notice import Version


class Event(StrEnum):
    """What happens in a matter; the ids of ``config/matters.toml``."""

    STARTED = "started"
    ANNOUNCED = "announced"
    OPENED = "opened"
    CLOSING = "closing"
    EXTENDED = "extended"
    CLOSED = "closed"
    DROPPED = "dropped"
    FEEDBACK_DUE = "feedback-due"
    FEEDBACK_OVERDUE = "feedback-overdue"
    ANSWERED = "answered"
    DECIDED = "decided"
    EXPLAINED = "explained"
    REPORTED = "reported"
    REPORT_OVERDUE = "report-overdue"
    MILESTONE_OVERDUE = "milestone-overdue"
    EVALUATED = "evaluated"
    FILED = "filed"
    UPDATED = "updated"
    EXPLANATION_OVERDUE = "explanation-overdue"
    EXPLANATION_SETTLED = "explanation-settled"
    EXPLANATION_MOVED = "explanation-moved"
    EXEMPTED = "exempted"
    TAKEN_BACK = "taken-back"
    PUT_ON_RECORD = "put-on-record"  # the last: where one stands is in the names of what was told before


OVERDUE = (  # a promised day passed, or one that is owed
    Event.FEEDBACK_OVERDUE,
    Event.REPORT_OVERDUE,
    Event.MILESTONE_OVERDUE,
    Event.EXPLANATION_OVERDUE,
)


@dataclass(frozen=True)
class Rests:
    """What an occasion that comes by itself rests on: the day that a field of a notice names."""

    field: str  # with ``row`` the column; empty: the day is counted from the release of the notice
    day: date
    of: Version
    row: str = ""


@dataclass(frozen=True)
class Occasion:
    """Something to be told at an instant. ``of`` tells it from others of its sort: a message, or the day."""

    event: Event
    at: datetime
    of: str
    what: str = ""  # the title of the notice it is about, or a day
    reason: str = ""
    rests: Rests | None = None

    @property
    def name(self) -> str:
        """The same for the same occasion."""
        return f"{self.event}/{self.of}"

    @property
    def rank(self) -> int:
        """In which order those of one instant are told."""
        return list(Event).index(self.event)


def occasions(matter: Matter) -> list[Occasion]:
    """Everything that is to be told of the matter and when, past and to come, in order."""
    found = [*_of_acts(matter), *_of_window(matter), *_of_words(matter), *_of_reports(matter)]
    found += [*_of_explanation(matter), *_of_milestones(matter)]
    return sorted(found, key=lambda one: (one.at, one.rank, one.of))


def _of_acts(matter: Matter) -> Iterator[Occasion]:
    acts = matter.acts
    if acts.started_at is not None:
        yield Occasion(Event.STARTED, acts.started_at, "act")
    if acts.exempt_at is not None:
        yield Occasion(Event.EXEMPTED, acts.exempt_at, "exempt", reason=acts.exempt or "")
    if acts.evaluated_at is not None:
        yield Occasion(Event.EVALUATED, acts.evaluated_at, "act", acts.evaluation)
    if acts.filed_at is not None:
        yield Occasion(Event.FILED, acts.filed_at, "act")


def _of_window(matter: Matter) -> Iterator[Occasion]:
    window = matter.window
    if window is None:
        return
    of = window.notice
    first = next(one for one in matter.standing if one.notice == of)
    if window.closes_at <= first.first_at:  # it was over before it was public: an old paper
        yield Occasion(Event.PUT_ON_RECORD, first.first_at, of, first.version.title)
        return
    if first.first_at < window.opens_at:
        yield Occasion(Event.ANNOUNCED, first.first_at, of, first.version.title)
    begun = Rests("open_from", window.open_from, first.version)
    yield Occasion(Event.OPENED, window.opens_at, of, first.version.title, rests=begun)
    for longer in window.longer:
        yield Occasion(Event.EXTENDED, longer.at, longer.message, reason=longer.reason)
    closing = window.closes_at - timedelta(days=tellings()[Event.CLOSING].days_before)
    ends = Rests("open_to", window.open_to, window.ends)
    if window.opens_at < closing:
        yield Occasion(Event.CLOSING, closing, f"{of}/{window.open_to}", rests=ends)
    yield Occasion(Event.CLOSED, window.closes_at, f"{of}/{window.open_to}", rests=ends)
    if window.promised is not None and matter.acts.exempt is None:
        answered, (day, version) = matter.feedback.first_at if matter.feedback else None, window.promised
        rests = Rests("feedback_by", day, version)
        filed = matter.acts.filed_at
        for event, at in ((Event.FEEDBACK_DUE, begin_of(day)), (Event.FEEDBACK_OVERDUE, matter.overdue_at(day))):
            if (answered is None or at < answered) and (filed is None or at < filed):
                yield Occasion(event, at, f"{of}/{day}", day.isoformat(), rests=rests)


TOLD = {FEEDS_BACK: Event.ANSWERED, EXPLAINS: Event.EXPLAINED, REPORTS: Event.REPORTED}


def _of_words(matter: Matter) -> Iterator[Occasion]:
    """What its notices say, beside the window's own dates."""
    seen: set[str] = set()
    longer = {one.message for one in matter.window.longer} if matter.window else set()
    for word in matter.words:
        kind, title = word.version.kind, word.version.title
        if word.withdrawn is not None:
            event = Event.DROPPED if kind == CONSULTS else Event.TAKEN_BACK
            yield Occasion(event, word.at, word.message, title, word.withdrawn)
        elif word.notice not in seen:
            if told := Event.DECIDED if kinds()[kind].decides else TOLD.get(kind):
                yield Occasion(told, word.at, word.message, title)
        elif not word.version.minor and word.message not in longer:
            yield Occasion(Event.UPDATED, word.at, word.message, title)
        seen.add(word.notice)


def _of_reports(matter: Matter) -> Iterator[Occasion]:
    """The next report was promised for a day, and did not come by its end."""
    reports = matter.of_kind(REPORTS)
    for one, after in zip_longest(reports, reports[1:]):
        if not (promised := one.version.fields.get("next_on")):
            continue
        day = date.fromisoformat(promised)
        at, filed = matter.overdue_at(day), matter.acts.filed_at
        if (after is None or after.first_at >= at) and (filed is None or at < filed):
            rests = Rests("next_on", day, one.version)
            yield Occasion(Event.REPORT_OVERDUE, at, f"{one.notice}/{day}", day.isoformat(), rests=rests)


def _of_explanation(matter: Matter) -> Iterator[Occasion]:
    """What was decided was to be explained by a day, and is not; or that day moved, or it needs not be any more."""
    if matter.settled is not None and not matter.of_kind(EXPLAINS):
        what = "不需要另行公开" if matter.needs_no_explanation else "已经公开"
        yield Occasion(Event.EXPLANATION_SETTLED, matter.settled.at, matter.settled.of, what)
    day, decision, filed = matter.explain_by, matter.decision, matter.acts.filed_at
    for rest in matter.rests:
        if (day is None or rest.first <= day) and (filed is None or begin_of(rest.first) < filed):  # else it moves none
            yield Occasion(Event.EXPLANATION_MOVED, begin_of(rest.first), f"{rest.first}/", "暂停计算")
            if rest.last is not None:
                yield Occasion(Event.EXPLANATION_MOVED, end_of(rest.last), f"{rest.first}/{rest.last}", "恢复计算")
    if day is None or decision is None or matter.of_kind(EXPLAINS):
        return
    at = matter.overdue_at(day)
    if filed is None or at < filed:
        rests = Rests("", day, decision.version)
        yield Occasion(Event.EXPLANATION_OVERDUE, at, decision.notice, day.isoformat(), rests=rests)


def _of_milestones(matter: Matter) -> Iterator[Occasion]:
    """A planned day passed, and nobody had said that the milestone was reached or would be later."""
    filed = matter.acts.filed_at
    for one in matter.promises:
        name, day = one.milestone.name, one.milestone.planned
        if day is None or one.milestone.reached:
            continue
        at = matter.overdue_at(day)
        held = one.of.first_at <= at and (one.until is None or one.until >= at)  # a later text says itself what passed
        if held and (filed is None or at < filed):
            what = f"{name}（计划{day.year}年{day.month}月{day.day}日完成）"
            rests = Rests(PLANNED, day, one.of.version, name)
            yield Occasion(Event.MILESTONE_OVERDUE, at, f"{name}/{day}", what, rests=rests)
