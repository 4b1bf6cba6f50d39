"""Ask the vendor: what became of a request whose answer nobody saw, and whose receipts did not come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from channels.base import DECIDED, Accepted, Answer, Done, NotYet, Outcome, Reached, Recipient, Refused, TryAgain, Work
from channels.sms.failover import Way, Ways, doubted, is_second, moved
from channels.sms.sending import WAIT, after, bounds, now_due
from channels.sms.vendor import Rejected, Took
from config.messages import say

LOOKS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 240, 720, 1440))  # while the vendor cannot tell
ROUNDS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 48))  # after the first one; 72 h is the carriers' limit
AT_ONCE = 50  # numbers that one step asks for: others have the lane in between


def look_up(ways: Ways, work: Work, again_after: timedelta, now: datetime) -> Answer:
    """Whether the request whose answer nobody saw was taken. Absence is believed when it was seen twice.

    Raises ``TryAgain`` when the vendor that it went to cannot be asked, ``Refused`` when it is left to a person.
    """
    due, since = now_due(work), work.doubted_since or now
    if decided := work.scratch.get(DECIDED):
        return _as_decided(decided, work, due, since)
    if not due:
        return Done({"until": bounds(work)[:-1]})  # somebody else has found out
    if (kept := doubted(work, due, ways, say("sms.unseen"))) is not None:
        return Done(kept, say("sms.twice", count=len(due), cause=say("sms.unseen")))
    vendor = ways.of(work, due).vendor()
    known = {one: vendor.find(one.number, work.key, since) for one in (_sample(due) if vendor.whole else due)}
    taken = due if vendor.whole and True in known.values() else [one for one, found in known.items() if found]
    if len(taken) == len(due):
        return after(work, due, [Took("")] * len(due), since)
    each = {one.place: Reached(Outcome.ACCEPTED) for one in taken}
    scratch: dict[str, Any] = {"doubt": since.isoformat(), "absent": False}
    if each:
        scratch |= {"open": True, "begun": work.scratch.get("begun") or since.isoformat()}
    before = work.scratch if work.scratch.get("doubt") == scratch["doubt"] else {}  # what was seen of another is none
    if not any(found is None for found in known.values()):
        if before.get("absent"):
            return Done(scratch, say("sms.surely_not"), each)
        return NotYet(now + again_after, say("sms.absent"), scratch | {"absent": True}, each)
    looks = before.get("looks", 0)
    if looks >= len(LOOKS) and not each:
        raise Refused(say("sms.nobody_can_tell"), final=True)
    wait = LOOKS[min(looks, len(LOOKS) - 1)]
    return NotYet(now + wait, say("sms.not_told"), scratch | {"looks": looks + 1}, each)


def _as_decided(decided: str, work: Work, due: Sequence[Recipient], since: datetime) -> Answer:
    """A person found out: those of the request had it, or never will; the others go on."""
    result = Took("") if decided == "arrived" else Rejected(say("sms.lost"), final=True)
    if not due:
        return Done({DECIDED: None, "until": bounds(work)[:-1]})
    answer = after(work, due, [result] * len(due), since)
    return replace(answer, scratch={**answer.scratch, DECIDED: None})


def ask(ways: Ways, work: Work, now: datetime) -> Accepted:
    """The receipts that did not come, some at a time, from whoever sent to each.

    Raises ``TryAgain`` when none of them can be asked for. Where two vendors sent, what one of them does not answer is
    left to the next round.
    """
    asked, begun = work.scratch.get("asked", 0), work.scratch.get("begun")
    since = min(datetime.fromisoformat(begun), now) if begun else work.released_at  # the clock may have been put back
    left = [one for one in work.recipients if one.place >= work.scratch.get("from", 0)]
    each: dict[int, Reached] = {}
    deaf = set[Way]()
    for one in left[:AT_ONCE]:
        way = ways.second if is_second(work, (one,)) else ways.first
        if way is None or way in deaf:
            continue
        try:
            report = way.vendor().receipt(one.number, one.reference, work.key, since)
        except TryAgain as failure:
            if moved(work):
                deaf.add(way)
                continue
            if one is left[0]:
                raise
            return Accepted(  # what was told until here is kept
                ask_again_at=now + timedelta(seconds=failure.retry_after or WAIT),
                scratch={"from": one.place},
                each=each,
            )
        if report is not None:
            state = Outcome.DELIVERED if report.arrived else Outcome.FAILED
            each[one.place] = Reached(state, report.reference, report.code, report.at)
    if len(left) > AT_ONCE:
        return Accepted(ask_again_at=now, scratch={"from": left[AT_ONCE].place}, each=each)
    silent = len(work.recipients) - len(each)
    again = now + ROUNDS[asked] if asked < len(ROUNDS) else None
    again = again if silent else now  # nobody is left: the part ends as what was heard
    return Accepted(
        ask_again_at=again, scratch={"asked": asked + 1, "from": 0}, note=say("sms.silent", silent=silent), each=each
    )


def _sample(due: Sequence[Recipient]) -> Sequence[Recipient]:
    """The first, one in the middle, the last."""
    return list(dict.fromkeys((due[0], due[len(due) // 2], due[-1])))
