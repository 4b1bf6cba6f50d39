"""决策事项: one matter through its life, decided from everything that was said of it, in whichever order it is heard.

启动 → 预公开 → 征求意见 → 采纳反馈 → 公布、解读 → 执行进展 → 评估 → 归档 (重大行政决策程序暂行条例 arts. 14–16, 32–38).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest

from pydantic import AwareDatetime

from config.clock import SHANGHAI
from config.kinds import kinds
from notices.milestones import Milestone, milestones_in
from notices.notice import Frozen, Version

PAGE = "d01"  # the kind of a matter's own page
CONSULTS, FEEDS_BACK, REPORTS, EXPLAINS, EXTENDS = "t06", "t07", "t08", "t10", "t15"
LAST_DAYS = timedelta(days=3)  # before the window closes: who wants to say something is told


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


@dataclass(frozen=True)
class Word:
    """One message of a notice that belongs to the matter: a version, or that it was taken back."""

    message: str
    notice: str
    at: datetime
    version: Version
    withdrawn: str | None = None  # the reason


class Acts(Frozen):
    """What people did about the matter besides publishing."""

    started_at: AwareDatetime | None = None
    exempt: str | None = None  # why nobody has to be asked (条例 arts. 3, 14)
    exempt_at: AwareDatetime | None = None
    evaluated_at: AwareDatetime | None = None
    evaluation: str = ""  # what came of it
    filed_at: AwareDatetime | None = None
    signed_by: str = ""  # who let the last of these out, and who looked whether it may be public
    reviewed_by: str = ""
    signed_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Stands:
    """A notice of the matter that is public."""

    notice: str
    first_at: datetime
    version: Version  # the newest


@dataclass(frozen=True)
class Longer:
    """The window was extended."""

    at: datetime
    message: str
    open_to: date
    reason: str


@dataclass(frozen=True)
class Window:
    """征求意见期: the public may comment from ``opens_at`` until just before ``closes_at``."""

    notice: str
    opens_at: datetime
    closes_at: datetime
    open_from: date
    open_to: date
    feedback_by: date | None
    longer: tuple[Longer, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """True while comments are taken."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True)
class Promised:
    """A milestone as a notice of the matter names it, until a later one names it again."""

    milestone: Milestone
    of: Stands
    until: datetime | None  # when the later one became public


@dataclass(frozen=True)
class Occasion:
    """Something to be told at an instant. ``of`` tells it from others of its sort: a message, or the day."""

    event: Event
    at: datetime
    of: str
    what: str = ""  # the title of the notice it is about, or a day
    reason: str = ""

    @property
    def name(self) -> str:
        """The same for the same occasion."""
        return f"{self.event}/{self.of}"

    @property
    def rank(self) -> int:
        """In which order those of one instant are told."""
        return list(Event).index(self.event)


@dataclass(frozen=True)
class Matter:
    """A matter and everything that was said of it, each notice's messages in their order."""

    office: str
    number: str
    name: str  # 决策事项
    words: Sequence[Word]
    acts: Acts = field(default_factory=Acts)
    grace: int = 0  # days after a promised one before the public is told that it passed

    @cached_property
    def standing(self) -> tuple[Stands, ...]:
        """Its notices that are public, in the order in which they became so."""
        found: dict[str, Stands] = {}
        for word in self.words:
            if word.withdrawn is not None or word.version.fields.get("dossier") != self.number:
                found.pop(word.notice, None)  # taken back, or corrected away to another matter
            else:
                first = found[word.notice].first_at if word.notice in found else word.at
                found[word.notice] = Stands(word.notice, first, word.version)
        return tuple(sorted(found.values(), key=lambda one: (one.first_at, one.notice)))

    def of_kind(self, kind: str) -> list[Stands]:
        """Those of one kind."""
        return [one for one in self.standing if one.version.kind == kind]

    @cached_property
    def window(self) -> Window | None:
        """The window of its newest consultation."""
        consultations = self.of_kind(CONSULTS)
        return self._window(consultations[-1]) if consultations else None

    @cached_property
    def feedback(self) -> Stands | None:
        """The feedback on what was said in the window."""
        window = self.window
        found = [one for one in self.of_kind(FEEDS_BACK) if window is None or one.first_at >= window.closes_at]
        return found[0] if found else None

    @cached_property
    def decision(self) -> Stands | None:
        """What was decided."""
        found = [one for one in self.standing if kinds()[one.version.kind].decides]
        return found[0] if found else None

    @cached_property
    def promises(self) -> tuple[Promised, ...]:
        """Every word on every milestone, in the order in which they became public."""
        said = [(one, of) for of in self.standing for one in milestones_in(of.version)]
        found = []
        for number, (one, of) in enumerate(said):
            later = (after.first_at for named, after in said[number + 1 :] if named.name == one.name)
            found.append(Promised(one, of, next(later, None)))
        return tuple(found)

    @property
    def milestones(self) -> tuple[Promised, ...]:
        """The newest word on each milestone, in the order in which they were first named."""
        newest = {one.milestone.name: one for one in self.promises}
        return tuple(newest.values())

    def overdue_at(self, day: date) -> datetime:
        """When the public is told that ``day``, which was promised, passed."""
        return end_of(day + timedelta(days=self.grace))

    def _window(self, consultation: Stands) -> Window:
        longer = tuple(self._longer(consultation))
        version = consultation.version
        open_from = _day(version, "open_from")
        open_to = max([_day(version, "open_to"), *(one.open_to for one in longer)])
        says = [version, *(one.version for one in self.of_kind(EXTENDS))]
        promised = [_day(one, "feedback_by") for one in says if _has(one, "feedback_by")]
        return Window(
            consultation.notice,
            max(begin_of(open_from), consultation.first_at),
            end_of(open_to),
            open_from,
            open_to,
            max(promised, default=None),
            longer,
        )

    def _longer(self, consultation: Stands) -> Iterator[Longer]:
        """Each text that moved the last day on while it had not passed, by a correction or an extension."""
        last: date | None = None
        for word in sorted(self.words, key=lambda one: (one.at, one.notice != consultation.notice)):
            own, version = word.notice == consultation.notice, word.version
            extends = version.kind == EXTENDS and word.at >= consultation.first_at and self._stands(word.notice)
            if word.withdrawn is not None or not (own or extends):
                continue
            open_to = _day(version, "open_to")
            if last is not None and last < open_to and word.at < end_of(last):
                because = version.public_note if own else version.fields.get("because")
                yield Longer(word.at, word.message, open_to, because or "")
            last = open_to if own else max(last or open_to, open_to)

    def _stands(self, notice: str) -> bool:
        return any(one.notice == notice for one in self.standing)


class Obstacle(StrEnum):
    """Why a decision may not be made public yet; messages of ``matter``."""

    NOT_ASKED = "not_asked"  # nobody was asked
    OPEN = "still_open"  # comments are still taken
    NO_FEEDBACK = "no_feedback"  # nobody was told what became of theirs


def obstacle(matter: Matter, now: datetime) -> Obstacle | None:
    """What stands against making a decision public ``now`` (条例 arts. 14–16, 32); None: nothing."""
    if matter.acts.exempt is not None:
        return None
    if matter.window is None:
        return Obstacle.NOT_ASKED
    if now < matter.window.closes_at:
        return Obstacle.OPEN
    return None if matter.feedback else Obstacle.NO_FEEDBACK


def occasions(matter: Matter) -> list[Occasion]:
    """Everything that is to be told of the matter and when, past and to come, in order."""
    found = [*_of_acts(matter), *_of_window(matter), *_of_words(matter), *_of_reports(matter)]
    found += _of_milestones(matter)
    return sorted(found, key=lambda one: (one.at, one.rank, one.of))


def _of_acts(matter: Matter) -> Iterator[Occasion]:
    acts = matter.acts
    if acts.started_at is not None:
        yield Occasion(Event.STARTED, acts.started_at, "act")
    if acts.exempt_at is not None:
        yield Occasion(Event.UPDATED, acts.exempt_at, "exempt", f"不公开征求意见，理由：{acts.exempt}")
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
        yield Occasion(Event.UPDATED, first.first_at, of, first.version.title)
        return
    if first.first_at < window.opens_at:
        yield Occasion(Event.ANNOUNCED, first.first_at, of, first.version.title)
    yield Occasion(Event.OPENED, window.opens_at, of, first.version.title)
    for longer in window.longer:
        yield Occasion(Event.EXTENDED, longer.at, longer.message, reason=longer.reason)
    closing = window.closes_at - LAST_DAYS
    if window.opens_at < closing:
        yield Occasion(Event.CLOSING, closing, f"{of}/{window.open_to}")
    yield Occasion(Event.CLOSED, window.closes_at, f"{of}/{window.open_to}")
    if (day := window.feedback_by) is not None and matter.acts.exempt is None:
        answered = matter.feedback.first_at if matter.feedback else None
        for event, at in ((Event.FEEDBACK_DUE, begin_of(day)), (Event.FEEDBACK_OVERDUE, matter.overdue_at(day))):
            if answered is None or at < answered:
                yield Occasion(event, at, f"{of}/{day}", day.isoformat())


TOLD = {FEEDS_BACK: Event.ANSWERED, EXPLAINS: Event.EXPLAINED, REPORTS: Event.REPORTED}


def _of_words(matter: Matter) -> Iterator[Occasion]:
    """What its notices say, beside the window's own dates."""
    seen: set[str] = set()
    longer = {one.message for one in matter.window.longer} if matter.window else set()
    for word in matter.words:
        kind, title = word.version.kind, word.version.title
        if word.withdrawn is not None:
            event = Event.DROPPED if kind == CONSULTS else Event.UPDATED
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
        if not _has(one.version, "next_on"):
            continue
        day = _day(one.version, "next_on")
        at, filed = matter.overdue_at(day), matter.acts.filed_at
        if (after is None or after.first_at >= at) and (filed is None or at < filed):
            yield Occasion(Event.REPORT_OVERDUE, at, f"{one.notice}/{day}", day.isoformat())


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
            yield Occasion(Event.MILESTONE_OVERDUE, at, f"{name}/{day}", what)


def begin_of(day: date) -> datetime:
    """Its first instant here."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date) -> datetime:
    """The first instant after it."""
    return begin_of(day + timedelta(days=1))


def _has(version: Version, name: str) -> bool:
    return bool(version.fields.get(name))


def _day(version: Version, name: str) -> date:
    return date.fromisoformat(version.fields[name])
