"""Send a part, request by request: who was sent to is said at once of each, so that nobody is sent to twice."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.base import Accepted, Answer, Done, Each, NotYet, Outcome, Reached, Recipient, Refused, Work
from channels.sms.vendor import Doubtful, Rejected, Result, SomeNumber, Text, Took, Vendor
from config.clock import wall
from config.messages import say

TRIES = 3  # for a number that the vendor asks to wait for
FIRST_ASKED = timedelta(minutes=10)  # after a part went out, whose receipts are missing by then is asked for
WAIT = 60.0  # seconds before a number is tried again for which the vendor gives none


def now_due(work: Work, most: int) -> Sequence[Recipient]:
    """Whom the next request is for: all that are left, or those up to a place when a request had to be divided.

    The same after a death, or it would be looked up for the wrong ones: so it hangs on places, not on how many.
    """
    until = work.scratch.get("until")
    return [one for one in work.recipients if until is None or one.place <= until][:most]


def text_of(work: Work, templates: Mapping[str, str]) -> Text:
    """The approved text. Raises ``Refused`` when the endpoint knows no code for it."""
    said = json.loads(work.rendition.main.body)
    code = templates.get(said["template"])
    if code is None:
        raise Refused(say("sms.no_code", name=said["template"]), final=True)
    return Text(code, tuple(said["values"].items()), mark=work.key)


def waits(work: Work, quiet_until: datetime | None, now: datetime) -> NotYet | None:
    """What the next request is to wait for: the vendor that asked for it, or that the quiet hours are over."""
    held = work.scratch.get("held_until")
    if held is not None and datetime.fromisoformat(held) > now:
        return NotYet(datetime.fromisoformat(held), say("sms.held"))
    if quiet_until is not None:
        return NotYet(quiet_until, say("sms.quiet", until=f"{wall(quiet_until):%H:%M}"))
    return None


def send(vendor: Vendor, work: Work, text: Text, most: int, now: datetime) -> Answer:
    """One request. Raises as ``Vendor.send``."""
    due = now_due(work, most)
    try:
        results = vendor.send([one.number for one in due], text)
    except SomeNumber as refused:
        middle = due[(len(due) - 1) // 2]
        return Done({"until": middle.place}, note=str(refused))
    return after(work, due, results, now)


def after(work: Work, due: Sequence[Recipient], results: Sequence[Result], now: datetime) -> Answer:
    """What follows from the results of a request for ``due`` that began at ``now``."""
    last = work.scratch.get("tries", 0) + 1 >= TRIES
    each = {
        one.place: found for one, result in zip(due, results, strict=True) if (found := _reached(result, last=last))
    }
    left = len(work.recipients) - len(each)
    note = _counted(each, left)
    scratch: dict[str, Any] = {"until": None, "held_until": None, "tries": 0, "absent": None, "looks": 0}
    scratch["begun"] = work.scratch.get("begun") or now.isoformat()
    if len(each) < len(due):
        waits = max(result.retry_after or WAIT for result in results if isinstance(result, Rejected))
        held = {"held_until": (now + timedelta(seconds=waits)).isoformat(), "tries": work.scratch.get("tries", 0) + 1}
        return Done(scratch | held, note, each)
    if left:
        return Done(scratch, note, each)
    if not any(one.state in (Outcome.ACCEPTED, Outcome.UNKNOWN) for one in each.values()):
        return Done(scratch, note, each)  # nobody of these is to be asked after
    return Accepted(ask_again_at=now + FIRST_ASKED, scratch=scratch | {"asked": 0}, note=note, each=each)


def _reached(result: Result, *, last: bool) -> Reached | None:
    """What is known of a recipient; None of one that is tried again."""
    match result:
        case Took(reference):
            return Reached(Outcome.ACCEPTED, reference)
        case Doubtful(cause):
            return Reached(Outcome.UNKNOWN, cause=cause)
        case Rejected(cause, final):
            return Reached(Outcome.REFUSED, cause=cause) if final or last else None


def _counted(each: Each, left: int) -> str:
    taken = sum(one.state is Outcome.ACCEPTED for one in each.values())
    return say("sms.taken", taken=taken, others=len(each) - taken, left=left)
