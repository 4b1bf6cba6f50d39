"""The state of a delivery out of the outcomes of its parts. Pure."""

from collections import Counter
from collections.abc import Iterable

from channels.base import Outcome

# The first of these that any part has is the delivery's: what is under way, then what needs a person, then the rest.
WEIGHT = (
    Outcome.SENDING,
    Outcome.UNKNOWN,
    Outcome.PARKED,
    Outcome.FAILED,
    Outcome.REFUSED,
    Outcome.EXPIRED,
    Outcome.PLANNED,
    Outcome.SUPERSEDED,
    Outcome.PRETENDED,
    Outcome.ACCEPTED,
    Outcome.DELIVERED,
    Outcome.CANCELLED,  # nobody in it was to have it: that says nothing of the others
)
WAITING = frozenset({Outcome.PLANNED, Outcome.SENDING})
ENDED = frozenset(Outcome) - WAITING


def fold(outcomes: Iterable[Outcome]) -> Outcome:
    """The delivery's state; ``planned`` while it has no parts yet.

    A delivery of which some parts went and others wait is ``sending``.
    """
    counts = Counter(outcomes)
    if not counts:
        return Outcome.PLANNED
    if counts[Outcome.PLANNED] and len(counts) > 1 and any(counts[ended] for ended in ENDED):
        return Outcome.SENDING
    return next(outcome for outcome in WEIGHT if counts[outcome])


def counted(outcomes: Iterable[Outcome]) -> str:
    """How many parts ended how: ``delivered 3, refused 1``; empty for a single part."""
    counts = Counter(outcomes)
    if counts.total() < 2:
        return ""
    return ", ".join(f"{outcome} {counts[outcome]}" for outcome in reversed(WEIGHT) if counts[outcome])
