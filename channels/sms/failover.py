"""转发: another vendor's account, for those to whom the first surely sent nothing.

Never for anybody who may have been sent to: a doubt stays a doubt, and is looked up at the vendor that it is of. But an
office may want that of an emergency (``Ways.twice``): then the second sends to him as well, once, and he may get two.
What is kept (``scratch``): ``moved``, place → why the first would not send to him alone, empty where the whole request
was refused; ``twice``, the places of those who may have had it from the first; ``failed``, whole requests on end that
came to nothing; ``shut``, when the second said that it cannot send.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.base import Gone, NotYet, Recipient, Refused, TryAgain, Work
from channels.sms.vendor import Rejected, Slower, Unwanted, Vendor
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
    templates: Mapping[str, str] = field(hash=False)  # our name of a text → its code there
    most: int  # numbers in one request
    ails: Callable[[str], None] = field(repr=False)  # to be told why it cannot send; empty: it took a request


@dataclass(frozen=True)
class Ways:
    """The accounts that may send a part."""

    first: Way
    second: Way | None  # None: there is none, or it cannot send this text
    twice: bool = False  # it is an emergency, and who may have had it from the first is sent to by the second as well

    def of(self, work: Work, due: Sequence[Recipient]) -> Way:
        """By which account a request for ``due`` goes, or went. Raises ``Refused`` when that account is gone."""
        if not is_second(work, due):
            return self.first
        if self.second is None:  # the first knows nothing of what the second may have taken
            raise Refused(say("sms.no_second"), final=True)
        return self.second


def moved(work: Work) -> Mapping[str, str]:
    """Place → why not by the first, of those whom the second sends to."""
    found: Mapping[str, str] = work.scratch.get("moved", {})
    return found


def is_second(work: Work, due: Sequence[Recipient]) -> bool:
    """Whether a request for ``due`` is the second vendor's."""
    return bool(due) and str(due[0].place) in moved(work)  # no request is for both


def may_have_it(work: Work, one: Recipient) -> bool:
    """Whether he is sent to by the second although the first may have sent to him."""
    return str(one.place) in work.scratch.get("twice", ())


def doubted(work: Work, due: Sequence[Recipient], ways: Ways, cause: str) -> dict[str, Any] | None:
    """What is kept when the second sends as well to all of a request whose answer nobody saw; None: it does not."""
    if not ways.twice or ways.second is None or is_second(work, due):
        return None
    places = [str(one.place) for one in due]
    return {
        "moved": {**moved(work), **dict.fromkeys(places, cause)},
        "twice": [*work.scratch.get("twice", []), *places],
        "until": work.scratch.get("until", [])[:-1],
    }


def failed(
    work: Work, due: Sequence[Recipient], failure: Failure, ways: Ways, *, urgent: bool, now: datetime
) -> NotYet | Rejected:
    """What follows when a request for ``due`` was surely taken for nobody; ``Rejected``: that is their last word.

    Raises ``failure``, the first vendor's, where no other can send. One that asks for slower sending is obeyed, but not
    in an emergency.
    """
    tries = work.scratch.get("failed", 0) + 1
    if is_second(work, due):
        return _second_failed(work, due, failure, tries, urgent=urgent, now=now)
    if ways.second is None or isinstance(failure, Unwanted) or tries > MOST or _is_shut(work, now):
        raise Gone(say("sms.then_enable", cause=str(failure))) if isinstance(failure, Gone) else failure
    if isinstance(failure, TryAgain) and not urgent:
        if isinstance(failure, Slower):
            raise failure
        if tries < TRIES:
            return NotYet(_later(now, tries, failure), str(failure), {"failed": tries})
    scratch = {
        "moved": {**moved(work), **{str(one.place): "" for one in due}},
        "failed": tries,
        "until": work.scratch.get("until", [])[:-1],
    }
    return NotYet(now, say("sms.moved", count=len(due), vendor=ways.second.title, cause=str(failure)), scratch)


def _second_failed(
    work: Work, due: Sequence[Recipient], failure: Failure, tries: int, *, urgent: bool, now: datetime
) -> NotYet | Rejected:
    """Whoever was moved with his request is the first's again, whose word is final; it may have come back."""
    whole = {str(one.place) for one in due if not moved(work)[str(one.place)]}
    passes = isinstance(failure, TryAgain)
    if not whole and (not passes or tries > MOST):
        return Rejected(str(failure), final=True)
    scratch: dict[str, Any] = {"moved": {place: why for place, why in moved(work).items() if place not in whole}}
    if not passes:
        return NotYet(now, str(failure), scratch | {"failed": tries, "shut": now.isoformat()})
    return NotYet(
        now + timedelta(seconds=WAIT) if urgent else _later(now, tries, failure),
        str(failure),
        scratch | {"failed": tries},
    )


def _is_shut(work: Work, now: datetime) -> bool:
    """Whether the second has just said that it cannot send."""
    shut: str | None = work.scratch.get("shut")
    return shut is not None and abs(now - datetime.fromisoformat(shut)) < timedelta(seconds=WAIT)


def _later(now: datetime, tries: int, failure: Failure) -> datetime:
    asked: Any = getattr(failure, "retry_after", None)
    return now + timedelta(seconds=max(min(WAIT * 2 ** (tries - 1), LONGEST), asked or 0))
