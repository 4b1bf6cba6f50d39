"""Ask the vendor: what became of a request whose answer nobody saw, and whose receipts did not come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.base import Accepted, Answer, Done, NotYet, Outcome, Reached, Recipient, Refused, Work
from channels.sms.sending import after, now_due
from channels.sms.vendor import Took, Vendor
from config.messages import say

LOOKS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 240, 720, 1440))  # while the vendor cannot tell
ROUNDS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 48))  # after the first one; 72 h is the carriers' limit
AT_ONCE = 50  # numbers that one step asks for: others have the lane in between
SAMPLE = 3  # of a request that is taken whole or not at all


def look_up(vendor: Vendor, work: Work, most: int, again_after: timedelta, now: datetime) -> Answer:
    """Whether the request whose answer nobody saw was taken. Absence is believed when it was seen twice.

    Raises ``TryAgain`` when the vendor cannot be asked, ``Refused`` when it is left to a person.
    """
    due, since = now_due(work, most), work.doubted_since or now
    asked = _sample(due) if vendor.whole else due
    found = {vendor.find(one.number, work.key, since) for one in asked}
    if found == {True}:
        return after(work, due, [Took("")] * len(due), since)
    if found == {False}:
        if work.scratch.get("absent"):
            return Done({"absent": None, "looks": 0}, note=say("sms.surely_not"))
        return NotYet(now + again_after, say("sms.absent"), {"absent": True})
    looks = work.scratch.get("looks", 0)
    if looks >= len(LOOKS):
        raise Refused(say("sms.nobody_can_tell"), final=True)
    return NotYet(now + LOOKS[looks], say("sms.not_told"), {"looks": looks + 1, "absent": None})


def ask(vendor: Vendor, work: Work, now: datetime) -> Accepted:
    """The receipts that did not come, some at a time. Raises ``TryAgain``."""
    asked, since = work.scratch["asked"], datetime.fromisoformat(work.scratch["begun"])
    left = [one for one in work.recipients if one.place >= work.scratch.get("from", 0)]
    each = {}
    for one in left[:AT_ONCE]:
        report = vendor.receipt(one.number, one.reference, work.key, since)
        if report is not None:
            state = Outcome.DELIVERED if report.arrived else Outcome.FAILED
            each[one.place] = Reached(state, report.reference, report.code, report.at)
    if len(left) > AT_ONCE:
        return Accepted(ask_again_at=now, scratch={"from": left[AT_ONCE].place}, each=each)
    silent = len(work.recipients) - len(each)
    again = now + ROUNDS[asked] if silent and asked < len(ROUNDS) else None
    return Accepted(
        ask_again_at=again, scratch={"asked": asked + 1, "from": 0}, note=say("sms.silent", silent=silent), each=each
    )


def _sample(due: Sequence[Recipient]) -> Sequence[Recipient]:
    """The first, one in the middle, the last."""
    return list(dict.fromkeys((due[0], due[len(due) // 2], due[-1])))
