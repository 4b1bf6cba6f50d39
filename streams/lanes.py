"""What a lane does next: a pure decision over the parts that wait in it.

Order is kept for each subject at each endpoint: a newer message replaces an older one that still waits, or,
where the channel must say everything, waits behind it. A withdrawal is a newer message like any other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Outcome
from streams.breaker import Breaker, probe_at

FLIGHT = timedelta(seconds=1)  # until a subject that waits for the other lane is looked at again


@dataclass(frozen=True)
class Waiting:
    """A part that is not done: to be sent, or accepted with something left to ask."""

    delivery: str
    number: int
    sequence: int
    subject: str
    subject_sequence: int
    state: Outcome
    due_at: datetime
    expires_at: datetime | None = None
    trace: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """Names the part."""
        return self.delivery, self.number


@dataclass(frozen=True)
class Choice:
    """What one turn does, and when the lane is due again if nothing else happens."""

    send: Waiting | None = None
    superseded: tuple[Waiting, ...] = ()
    expired: tuple[Waiting, ...] = ()
    due_at: datetime | None = None
    may_probe: bool = False  # something waits that an open breaker lets through as its probe


@dataclass(frozen=True)
class Subjects:
    """What the endpoint has of the subjects in question, over both its lanes."""

    newest: Mapping[str, int]  # highest sequence it was ever given
    oldest_waiting: Mapping[str, int]  # lowest sequence still to be sent
    in_flight: Collection[str]  # under way in the other lane


def choose(
    waiting: Sequence[Waiting],
    subjects: Subjects,
    breaker: Breaker,
    *,
    now: datetime,
    supersedes: bool,
    not_before: datetime | None = None,
) -> Choice:
    """Pick the next part, in the lane's order: one at a time, so that a stop or a newer message is seen in between.

    What is to be sent goes before what is to be asked about. Asking about thousands of pages that cannot be read back
    takes more turns than a lane has, and would keep a new one waiting for ever; and of an outlet that takes nothing at
    present, asking says nothing.

    An open breaker lets its oldest part through when the probe is due, whatever that part's own time. What expired is
    never sent, not even late.
    """
    expired = tuple(w for w in waiting if w.expires_at is not None and w.expires_at <= now)
    alive = [w for w in waiting if w.expires_at is None or w.expires_at > now]
    superseded = tuple(w for w in alive if supersedes and _is_old(w, subjects) and w.state is Outcome.PLANNED)
    gone = {w.key for w in superseded}
    may = [w for w in alive if w.key not in gone and (supersedes or _is_first(w, subjects))]
    free = [w for w in may if w.subject not in subjects.in_flight]
    held = not_before is not None and not_before > now
    ready = [] if held else [w for w in free if w.due_at <= now or (breaker.is_open and w.state is Outcome.PLANNED)]
    send = min(ready, key=lambda w: (w.state is not Outcome.PLANNED, w.sequence, w.number), default=None)
    times = [time for w in free for time in (w.due_at, w.expires_at) if time is not None]
    if len(free) < len(may) or _waits_for_the_other_lane(alive, subjects, supersedes):
        times.append(now + FLIGHT)
    may_probe = any(w.state is Outcome.PLANNED for w in free)
    return Choice(send, superseded, expired, min(times, default=None), may_probe)


def due_after(choice: Choice, breaker: Breaker, not_before: datetime | None, now: datetime) -> datetime | None:
    """When a lane that stands so is due next: at once, at the next probe, or when the outlet said; None: no more."""
    if choice.due_at is None and not choice.superseded and not choice.expired:
        return None
    waits = not (choice.superseded or choice.expired or choice.send)
    due = choice.due_at if waits and choice.due_at is not None else now
    if breaker.is_open:
        probe = probe_at(breaker, now)
        due = probe if choice.may_probe else max(due, probe)
    return due if not_before is None else max(due, not_before)


def _is_old(part: Waiting, subjects: Subjects) -> bool:
    return part.subject_sequence < subjects.newest.get(part.subject, part.subject_sequence)


def _is_first(part: Waiting, subjects: Subjects) -> bool:
    return part.subject_sequence <= subjects.oldest_waiting.get(part.subject, part.subject_sequence)


def _waits_for_the_other_lane(alive: Sequence[Waiting], subjects: Subjects, supersedes: bool) -> bool:
    """True when a part is held back by an older one of its subject that nobody sends from here."""
    here = {(w.subject, w.subject_sequence) for w in alive}
    return not supersedes and any(
        not _is_first(w, subjects) and (w.subject, subjects.oldest_waiting[w.subject]) not in here for w in alive
    )
