"""转发: another vendor's account, for those to whom the first surely sent nothing.

Never for anybody who may have been sent to: a doubt stays a doubt, and is looked up at the vendor that it is of.
What is kept (``scratch``): ``moved``, place → why the first would not send to him alone, empty where the whole request
was refused; ``off``, why the first sends nothing of this part; ``failed``, whole requests on end that came to nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.base import Done, Gone, NotYet, Recipient, Refused, TryAgain, Work
from channels.sms.vendor import Rejected, Unwanted, Vendor
from config.messages import say

TRIES = 3  # whole requests that come to nothing, before the second vendor is asked
MOST = 30  # of them, by turns: a day and more. Then the schedule of the endpoint has the word
WAIT = 60.0  # seconds, doubled each time up to an hour
LONGEST = 3_600.0

Failure = TryAgain | Refused | Gone


@dataclass(frozen=True)
class Way:
    """An account that a request may go out by."""

    vendor: Callable[[], Vendor]  # raises ``TryAgain`` when its key cannot be read
    title: str
    templates: Mapping[str, str]  # our name of a text → its code there
    most: int  # numbers in one request


@dataclass(frozen=True)
class Ways:
    """The accounts that may send a part."""

    first: Way
    second: Way | None  # None: there is none, or it cannot send this text

    def of(self, work: Work, due: Sequence[Recipient]) -> Way:
        """By which account a request for ``due`` goes, or went. Raises ``Refused`` for a doubt of one that is gone."""
        if not is_second(work, due):
            return self.first
        if self.second is not None:
            return self.second
        if work.doubted_since is not None:  # the first knows nothing of what the second may have taken
            raise Refused(say("sms.no_second"), final=True)
        return self.first


def moved(work: Work) -> Mapping[str, str]:
    """Place → why not by the first, of those whom the second sends to."""
    found: Mapping[str, str] = work.scratch.get("moved", {})
    return found


def is_second(work: Work, due: Sequence[Recipient]) -> bool:
    """Whether a request for ``due`` is the second vendor's."""
    return bool(due) and str(due[0].place) in moved(work)  # no request is for both


def failed(
    work: Work, due: Sequence[Recipient], failure: Failure, ways: Ways, *, urgent: bool, now: datetime
) -> Done | NotYet | Rejected:
    """What follows when a request for ``due`` was surely taken for nobody; ``Rejected``: that is their last word.

    Raises ``failure`` where no other vendor can send. One that is merely too busy is waited for, but in an emergency.
    """
    tries = work.scratch.get("failed", 0) + 1
    if ways.second is None or isinstance(failure, Unwanted) or tries > MOST:
        raise failure
    if is_second(work, due):
        return _second_failed(work, due, failure, tries, now)
    passes = isinstance(failure, TryAgain)
    if isinstance(failure, TryAgain) and not urgent:
        if failure.throttled:
            raise failure
        if tries < TRIES:
            return NotYet(_later(now, tries, failure), str(failure), {"failed": tries})
    scratch = {
        "moved": {**moved(work), **{str(one.place): "" for one in due}},
        "off": "" if passes else str(failure),
        "failed": tries,
        "until": work.scratch.get("until", [])[:-1],
    }
    return Done(scratch, say("sms.moved", count=len(due), vendor=ways.second.title, cause=str(failure)))


def _second_failed(
    work: Work, due: Sequence[Recipient], failure: Failure, tries: int, now: datetime
) -> NotYet | Rejected:
    """Whoever was moved with the whole request is the first's again, if that may send some day."""
    if work.scratch.get("off"):
        raise failure
    whole = {str(one.place) for one in due if not moved(work)[str(one.place)]}
    if not whole and not isinstance(failure, TryAgain):
        return Rejected(str(failure), final=True)
    kept = {place: why for place, why in moved(work).items() if place not in whole}
    return NotYet(_later(now, tries, failure), str(failure), {"moved": kept, "failed": tries})


def _later(now: datetime, tries: int, failure: Failure) -> datetime:
    asked: Any = getattr(failure, "retry_after", None)
    return now + timedelta(seconds=max(min(WAIT * 2 ** (tries - 1), LONGEST), asked or 0))
