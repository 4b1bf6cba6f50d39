"""An office's own quotas of a day: how many an endpoint still texts today, and who has had enough.

Whom a request is for hangs on what is written down, never on a count, which the next moment changes: who has had
enough is written down (``resting``) before anything is sent without him, and what is left of the day divides a part by
``until``.
"""

from collections.abc import Sequence
from datetime import datetime

from channels.base import NotYet, Recipient, Work
from config.clock import wall
from config.messages import say


def awake(work: Work) -> Sequence[Recipient]:
    """Those of the part who are not written down as having had enough today."""
    resting = set(work.scratch.get("resting", []))
    return [one for one in work.recipients if one.place not in resting]


def waits(work: Work, daily: int | None, daily_each: int | None, again: datetime, now: datetime) -> NotYet | None:
    """What is to come before the next request; None: nothing, it may be for as many as there is ``room``.

    Who has had ``daily_each`` texts today rests until ``again``, and so do all when the endpoint has sent ``daily``.
    """
    today = work.today
    if today is not None and not today.begins <= now < today.ends:
        return NotYet(now, say("sms.next_day"))  # the clock went on since it was counted: another day has other counts
    resting = [one.place for one in work.recipients if daily_each is not None and one.had_today >= daily_each]
    if resting != work.scratch.get("resting", []):
        return NotYet(now, say("sms.resting", count=len(resting)), {"resting": resting})
    until = f"{wall(again):%m-%d %H:%M}"
    if resting and len(resting) == len(work.recipients):
        return NotYet(again, say("sms.daily_each", count=len(resting), most=daily_each, until=until))
    if daily is not None and today is not None and today.spent >= daily:
        return NotYet(again, say("sms.daily", most=daily, left=len(work.recipients), until=until))
    return None


def room(work: Work, daily: int | None, most: int) -> int:
    """How many numbers the next request may have: of the ``most`` it holds, what is left of the day's quota."""
    return most if daily is None or work.today is None else min(most, daily - work.today.spent)
