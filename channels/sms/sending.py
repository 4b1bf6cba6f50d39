"""Send a part, request by request: who was sent to is said at once of each, so that nobody is sent to twice.

What is kept between requests (``scratch``): ``until``, the places up to which it was divided, within one another;
``held``, place → tries, of those whom the vendor asked to wait for, until ``held_until``; ``resting``, the places of
who has had enough today (channels/sms/quotas.py); ``begun``, when the first went out; ``open``, that somebody is to be
asked after; ``doubt``, when the request began that was looked up last, with ``absent`` and ``looks``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from channels.base import Accepted, Answer, Done, Each, NotYet, Outcome, Reached, Recipient, Refused, TryAgain, Work
from channels.sms.quotas import awake
from channels.sms.vendor import Doubtful, Rejected, Result, SomeNumber, Text, Took, Vendor
from config.clock import wall
from config.messages import say

TRIES = 3  # for a number that the vendor asks to wait for
FIRST_ASKED = timedelta(minutes=10)  # after a part went out, whose receipts are missing by then is asked for
LONGEST = timedelta(days=1)  # that anybody is held: more is a clock that was put back since
WAIT = 60.0  # seconds before a number is tried again for which the vendor gives none


def now_due(work: Work) -> Sequence[Recipient]:
    """Whom the next request is for: all that are left, or those up to a place; who is held comes after the others.

    The same after a death, or it would be looked up for the wrong ones: so it hangs on places that were written down,
    neither on the time nor on how many a request may be for.
    """
    held, until, there = work.scratch.get("held", {}), bounds(work), awake(work)
    others = [one for one in there if str(one.place) not in held]
    return [one for one in others or there if not until or one.place <= until[-1]]


def bounds(work: Work) -> list[int]:
    """Up to which places the request is divided; the innermost one last."""
    found: list[int] = work.scratch.get("until", [])
    return found


def text_of(work: Work, templates: Mapping[str, str]) -> Text:
    """The approved text. Raises ``Refused`` when the endpoint knows no code for it."""
    said = json.loads(work.rendition.main.body)
    code = templates.get(said["template"])
    if code is None:
        raise Refused(say("sms.no_code", name=said["template"]), final=True)
    return Text(code, tuple(said["values"].items()), mark=work.key)


def waits(work: Work, quiet_until: datetime | None, now: datetime) -> NotYet | None:
    """What the next request is to wait for: that those who are held may be tried, or that the quiet hours are over."""
    held, until = work.scratch.get("held", {}), _instant(work, "held_until", now)
    if now < until <= now + LONGEST and all(str(one.place) in held for one in awake(work)):
        return NotYet(until, say("sms.held"))
    if quiet_until is not None:
        return NotYet(quiet_until, say("sms.quiet", until=f"{wall(quiet_until):%H:%M}"))
    return None


def send(vendor: Vendor, work: Work, text: Text, most: int, now: datetime) -> Answer:
    """One request, or its division. Raises as ``Vendor.send``."""
    due = now_due(work)
    if not due:
        return Done({"until": bounds(work)[:-1]})  # those it was divided for want nothing more: on to the others
    if len(due) > most:
        return Done({"until": [*bounds(work), due[most - 1].place]})
    try:
        numbers = [one.number for one in due]
    except Exception:  # whatever keeps them closed: nothing was sent
        raise TryAgain(say("sms.sealed")) from None
    try:
        results = vendor.send(numbers, text)
    except SomeNumber as refused:
        middle = due[(len(due) - 1) // 2]
        return Done({"until": [*bounds(work), middle.place]}, note=str(refused))
    return after(work, due, results, now)


def after(work: Work, due: Sequence[Recipient], results: Sequence[Result], now: datetime) -> Done | Accepted:
    """What follows from the results of a request for ``due`` that began at ``now``."""
    held, asked_for = dict(work.scratch.get("held", {})), 0.0
    each = {}
    for one, result in zip(due, results, strict=True):
        tries = held.pop(str(one.place), 0) + 1
        if isinstance(result, Rejected) and not result.final and tries < TRIES:
            held[str(one.place)] = tries
            asked_for = min(max(asked_for, result.retry_after or WAIT), LONGEST.total_seconds())
        else:
            each[one.place] = _reached(result)
    open_ = any(one.state in (Outcome.ACCEPTED, Outcome.UNKNOWN) for one in each.values())
    scratch = {
        "until": bounds(work)[:-1],
        "held": held,
        "held_until": max(_instant(work, "held_until", now), now + timedelta(seconds=asked_for)).isoformat(),
        "begun": _instant(work, "begun", now).isoformat(),
        "open": open_ or work.scratch.get("open", False),
    }
    left = len(work.recipients) - len(each)
    note = _counted(each, left)
    if left or not scratch["open"]:  # nobody is to be asked after, or not yet
        return Done(scratch, note, each)
    return Accepted(ask_again_at=now + FIRST_ASKED, scratch=scratch | {"asked": 0}, note=note, each=each)


def _instant(work: Work, name: str, otherwise: datetime) -> datetime:
    kept = work.scratch.get(name)
    return datetime.fromisoformat(kept) if kept else otherwise


def _reached(result: Result) -> Reached:
    """What is known of a recipient that is not tried again."""
    match result:
        case Took(reference):
            return Reached(Outcome.ACCEPTED, reference)
        case Doubtful(cause):
            return Reached(Outcome.UNKNOWN, cause=cause)
        case Rejected(cause):
            return Reached(Outcome.REFUSED, cause=cause)


def _counted(each: Each, left: int) -> str:
    taken = sum(one.state is Outcome.ACCEPTED for one in each.values())
    return say("sms.taken", taken=taken, others=len(each) - taken, left=left)
