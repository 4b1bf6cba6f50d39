"""What follows from an answer: a pure decision, the same for every channel."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from channels.base import (
    Accepted,
    Answer,
    Delivered,
    Done,
    Each,
    Gone,
    Nature,
    NeverFound,
    NotYet,
    Outcome,
    Pretended,
    Reached,
    Refused,
    TryAgain,
    Unsure,
)
from streams.reached import ended
from streams.retry import Schedule, hold_until, next_try

LONGEST = 2_000  # characters of a cause that are kept
STANDS = (Outcome.ACCEPTED, Outcome.UNKNOWN)  # it may have arrived: what is asked about it since makes it no less
REFUSALS = 3  # tries for a message that the outlet refuses without saying that it is for good


@dataclass(frozen=True)
class Standing:
    """How a part stands before the answer: tries used by the schedule, this one included."""

    state: Outcome
    tries: int
    expires_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """The part's new state, when it is due again, and what is written down of the attempt."""

    state: Outcome
    outcome: str  # of the attempt: an Outcome, "done" for a step that leads on, "again" for a retry, "waits"
    due_at: datetime | None = None
    cause: str = ""
    note: str = ""
    reference: str = ""
    scratch: Mapping[str, Any] = field(default_factory=dict)
    each: Each = field(default_factory=dict)  # what became of it at each recipient
    advanced: bool = False  # the step is over; tries count from zero
    healthy: bool | None = None  # what it says of the endpoint; None: nothing
    not_before: datetime | None = None  # the whole lane waits until then
    disables: bool = False


def after_answer(answer: Answer, standing: Standing, now: datetime) -> Verdict:
    """The verdict on an answer that was given."""
    match answer:
        case NotYet(until, why, scratch, each):
            return Verdict(standing.state, "waits", until, cause=why, scratch=scratch, each=each, advanced=True)
        case Done(scratch, note, each):
            state = Outcome.PLANNED if standing.state is Outcome.UNKNOWN else standing.state
            return Verdict(state, "done", now, note=note, scratch=scratch, each=each, advanced=True, healthy=True)
        case Accepted(reference, ask_again_at, scratch, note, each):
            return Verdict(
                Outcome.ACCEPTED,
                Outcome.ACCEPTED,
                ask_again_at,
                note=note,
                reference=reference,
                scratch=scratch,
                each=each,
                advanced=True,
                healthy=True,
            )
        case Delivered(reference, scratch, note):
            return Verdict(
                Outcome.DELIVERED, Outcome.DELIVERED, note=note, reference=reference, scratch=scratch, healthy=True
            )
        case Pretended(note):
            return Verdict(Outcome.PRETENDED, Outcome.PRETENDED, note=note)


def after_failure(
    failure: Exception,
    standing: Standing,
    schedule: Schedule,
    nature: Nature,
    now: datetime,
    *,
    looks_up_after: timedelta | None = None,
) -> Verdict:
    """The verdict on an exception. One that is not in the contract is a fault of ours: tried again, then parked."""
    cause = _said(failure)
    stands = standing.state in STANDS
    irreversible = nature is Nature.IRREVERSIBLE and not stands
    looked_up = None if looks_up_after is None else now + looks_up_after
    match failure:
        case Gone():  # what stands would go out again when the endpoint is enabled
            state = standing.state if stands else Outcome.PARKED
            return Verdict(state, Outcome.REFUSED, cause=cause, disables=True)
        case Refused():
            if failure.final or standing.tries >= REFUSALS:
                doubted = standing.state is Outcome.UNKNOWN  # the question was refused, not the message
                return Verdict(standing.state if doubted else Outcome.REFUSED, Outcome.REFUSED, cause=cause)
            return _again(standing, schedule, now, cause, healthy=None, spent=Outcome.REFUSED)
        case NeverFound():
            return Verdict(Outcome.UNKNOWN, Outcome.UNKNOWN, cause=cause)
        case Unsure() if irreversible:
            return Verdict(Outcome.UNKNOWN, Outcome.UNKNOWN, looked_up, cause=cause, healthy=False)
        case Unsure():
            return _again(standing, schedule, now, cause, healthy=False, throttled=True)
        case TryAgain():  # surely not taken, whatever the nature
            return _again(
                standing,
                schedule,
                now,
                cause,
                healthy=False,
                retry_after=failure.retry_after,
                throttled=failure.throttled,
            )
        case _ if irreversible:  # nobody knows how far it came
            return Verdict(Outcome.UNKNOWN, Outcome.UNKNOWN, looked_up, cause=f"{type(failure).__name__}: {cause}")
        case OSError():  # a full disk, a folder that is gone: the outlet's trouble, as a refused connection is
            return _again(standing, schedule, now, f"{type(failure).__name__}: {cause}", healthy=False)
        case _:
            named = f"{type(failure).__name__}: {cause}"
            return _again(standing, schedule, now, named, healthy=None, spent=Outcome.PARKED)


def of_others(
    verdict: Verdict, places: Collection[int], states: Collection[Outcome], due_at: datetime | None
) -> Verdict:
    """The refusal of a part of whose persons some were sent to before: it is of those at ``places`` alone.

    ``states`` are the others'. So the part ends as theirs, what follows it goes to them, and from ``due_at`` on what
    became of it is asked.
    """
    state = ended(states)
    refused = {place: Reached(Outcome.REFUSED, cause=verdict.cause) for place in places}
    return replace(verdict, state=state, due_at=due_at if state is Outcome.ACCEPTED else None, each=refused)


def _said(failure: Exception) -> str:
    """Its text, short and without what no database takes; parts of it may be an outlet's own words."""
    return str(failure).replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST]


def _again(
    standing: Standing,
    schedule: Schedule,
    now: datetime,
    cause: str,
    *,
    healthy: bool | None,
    spent: Outcome = Outcome.FAILED,
    retry_after: float | None = None,
    throttled: bool = False,
) -> Verdict:
    """Another try by the schedule; ``spent`` when it has none left. What may have arrived stays so."""
    due = next_try(
        schedule,
        standing.tries,
        now,
        retry_after=retry_after,
        throttled=throttled,
        expires_at=standing.expires_at,
    )
    if standing.state in STANDS:  # it was asked about: that this fails says nothing of sending, and holds up nothing
        return Verdict(standing.state, spent if due is None else "again", due, cause=cause)
    not_before = hold_until(now, retry_after, throttled)
    if due is not None:
        return Verdict(Outcome.PLANNED, "again", due, cause=cause, healthy=healthy, not_before=not_before)
    if standing.expires_at is not None:
        return Verdict(Outcome.EXPIRED, spent, cause=cause, healthy=healthy, not_before=not_before)
    return Verdict(spent, spent, cause=cause, healthy=healthy, not_before=not_before)
