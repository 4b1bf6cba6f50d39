"""决策事项: one matter through its life, decided from everything that was said of it, in whichever order it is heard.

启动 → 预公开 → 征求意见 → 采纳反馈 → 公布、解读 → 执行进展 → 评估 → 归档 (重大行政决策程序暂行条例 arts. 14–16, 32–38).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from operator import itemgetter

from pydantic import AwareDatetime

from config.clock import SHANGHAI
from config.kinds import kinds
from notices.asked import CONSULTS, days_asked, rule
from notices.calendar.term import Pause
from notices.milestones import Milestone, milestones_in
from notices.notice import Frozen, Version
from notices.patience import AT_ONCE, Patience

PAGE = "d01"  # the kind of a matter's own page
FEEDS_BACK, REPORTS, EXPLAINS, EXTENDS = "t07", "t08", "t10", "t15"


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
    version: Version  # that says so


@dataclass(frozen=True)
class Window:
    """征求意见期: the public may comment from ``opens_at`` until just before ``closes_at``."""

    notice: str
    opens_at: datetime
    closes_at: datetime
    open_from: date
    open_to: date
    ends: Version  # the text that names ``open_to``
    promised: tuple[date, Version] | None  # by when feedback is promised, and by which text
    longer: tuple[Longer, ...] = ()
    asks: tuple[str, ...] = ()  # the notices by which comments are asked for: the consultation, then what extends it
    because: str = ""  # why it is shorter than the law wants

    @property
    def was_over(self) -> bool:
        """True where it had closed before anybody could read of it: nobody was asked."""
        return self.closes_at <= self.opens_at

    @property
    def is_too_short(self) -> bool:
        """True where it is really open for less than the law wants, and nothing says why."""
        return not self.because and days_asked(self.open_from, self.open_to, self.opens_at) < rule().days

    @property
    def feedback_by(self) -> date | None:
        """The day by which feedback is promised."""
        return self.promised[0] if self.promised else None

    def is_open(self, now: datetime) -> bool:
        """True while comments are taken."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True)
class Round:
    """What was said of the matter from ``since`` until just before ``until``: in one window, and fed back as one."""

    since: datetime | None  # None: from the beginning
    until: datetime | None  # None: nothing is asked after ``since``
    feedback: Stands | None


@dataclass(frozen=True)
class Promised:
    """A milestone as a notice of the matter names it, until a later one names it again."""

    milestone: Milestone
    of: Stands
    until: datetime | None  # when the later one became public


@dataclass(frozen=True)
class Settled:
    """What was decided is not to be explained by this matter any more: another notice did, or a person said so."""

    at: datetime
    of: str  # the message that explained it, or the duty that a person ended


@dataclass(frozen=True)
class Matter:
    """A matter and everything that was said of it, each notice's messages in their order."""

    office: str
    number: str
    name: str  # 决策事项
    words: Sequence[Word]
    acts: Acts = field(default_factory=Acts)
    patience: Patience = AT_ONCE  # with which the public is told that a promised day passed
    explain_by: date | None = (
        None  # by when what was decided is to be explained; None: nobody owes it, or it is unknown
    )
    needs_no_explanation: bool = False  # a person said so, and why, when ending the duty to explain it
    settled: "Settled | None" = None  # how that duty ended, where none of its own notices explains what was decided
    rests: Sequence[Pause] = ()  # when that duty stood still

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
    def rounds(self) -> tuple[Round, ...]:
        """All that was ever said, in rounds: each ends as a window closes, and by feedback where none was open then."""
        windows, told = [self._window(one) for one in self.of_kind(CONSULTS)], self.of_kind(FEEDS_BACK)
        closing = {one.closes_at for one in windows}
        apart = {one.first_at for one in told if not any(window.is_open(one.first_at) for window in windows)}
        found, since = [], None
        for until in sorted(closing | apart):
            found.append(Round(since, until, next((one for one in told if one.first_at >= until), None)))
            since = until
        return (*found, Round(since, None, None))

    def round_of(self, at: datetime) -> Round:
        """The round in which it was said."""
        return next(one for one in self.rounds if one.until is None or at < one.until)

    def is_to_feed_back(self, at: datetime) -> bool:
        """True where what was said then belongs into the feedback on the newest window: no other told of it before."""
        return self.round_of(at).feedback in (None, self.feedback)

    def done_with(self, of: Round) -> datetime | None:
        """Since when nobody waits for an answer to what was said in it: since its feedback; without one, since the
        matter was exempt or filed, or its last consultation taken back, but never before its window closed."""
        if of.feedback is not None:
            return of.feedback.first_at
        dropped = None if of.until else self._dropped_since(of.since)
        spared = self.acts.exempt_at if self.acts.exempt is not None else None
        ended = [one for one in (spared, self.acts.filed_at, dropped) if one]
        over = [one for one in (of.until, dropped) if one]
        return max(min(ended), *over) if ended and over else min(ended, default=None)

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
        return self.patience.ends_at(day)

    def _window(self, consultation: Stands) -> Window:
        longer = tuple(self._longer(consultation))
        version = consultation.version
        open_from = _day(version, "open_from")
        named = [(_day(version, "open_to"), version), *((one.open_to, one.version) for one in longer)]
        open_to, ends = max(named, key=itemgetter(0))
        extensions = [one for one in self.of_kind(EXTENDS) if one.first_at >= consultation.first_at]
        says = [version, *(one.version for one in extensions)]
        promised = [(_day(one, "feedback_by"), one) for one in says if _has(one, "feedback_by")]
        return Window(
            consultation.notice,
            max(begin_of(open_from), consultation.first_at),
            end_of(open_to),
            open_from,
            open_to,
            ends,
            max(promised, key=itemgetter(0), default=None),
            longer,
            tuple(one.notice for one in (consultation, *extensions)),
            version.fields.get(rule().unless) or "",
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
                yield Longer(word.at, word.message, open_to, because or "", version)
            last = open_to if own else max(last or open_to, open_to)

    def _dropped_since(self, since: datetime | None) -> datetime | None:
        """When the last of the consultations that stand no more said its last word; None: before ``since``."""
        gone = [one.at for one in self.words if one.version.kind == CONSULTS and not self._stands(one.notice)]
        return max((one for one in gone if since is None or one > since), default=None)

    def _stands(self, notice: str) -> bool:
        return any(one.notice == notice for one in self.standing)


class Obstacle(StrEnum):
    """Why a decision may not be made public yet; messages of ``matter``."""

    NOT_ASKED = "not_asked"  # nobody was asked
    OPEN = "still_open"  # comments are still taken
    TOO_SHORT = "asked_too_short"  # they were for too few days, and nobody said why
    NO_FEEDBACK = "no_feedback"  # nobody was told what became of theirs


def obstacle(matter: Matter, now: datetime) -> Obstacle | None:
    """What stands against making a decision public ``now`` (条例 arts. 14–16, 32); None: nothing."""
    if matter.acts.exempt is not None:
        return None
    if matter.window is None or matter.window.was_over:
        return Obstacle.NOT_ASKED
    if now < matter.window.closes_at:
        return Obstacle.OPEN
    if matter.window.is_too_short:
        return Obstacle.TOO_SHORT
    return None if matter.feedback else Obstacle.NO_FEEDBACK


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
