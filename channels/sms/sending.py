"""Send a part, request by request: who was sent to is said at once of each, so that nobody is sent to twice.

What is kept between requests (``scratch``): ``until``, the places up to which it was divided, within one another;
``held``, place → tries, of those whom the vendor asked to wait for, until ``held_until``; ``days``, place → the
instant of the next day that he is to wait for instead; ``resting``, the places of
who has had enough today (channels/sms/quotas.py); ``begun``, when the first went out; ``open``, that somebody is to be
asked after; ``doubt``, when the request began that was looked up last, with ``absent`` and ``looks``; and what
``failover`` keeps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.base import (
    Accepted,
    Answer,
    Done,
    Each,
    Gone,
    NotYet,
    Outcome,
    Reached,
    Recipient,
    Refused,
    TryAgain,
    Unsure,
    Work,
)
from channels.sms.failover import Ways, doubted, failed, is_second, may_have_it, moved
from channels.sms.quotas import awake, room
from channels.sms.rules import NextDay
from channels.sms.vendor import Doubtful, Rejected, Result, SomeNumber, Text, Took
from config.clock import day_of, wall
from config.messages import say

TRIES = 3  # for a number that the vendor asks to wait for
FIRST_ASKED = timedelta(minutes=10)  # after a part went out, whose receipts are missing by then is asked for
LONGEST = timedelta(days=1)  # that anybody is held: more is a clock that was put back since
WAIT = 60.0  # seconds before a number is tried again for which the vendor gives none


def now_due(work: Work) -> Sequence[Recipient]:
    """Whom the next request is for: all that are left, or those up to a place; who is held comes after the others,

    who waits for another day after all of those, and who is sent to by the second vendor after those of the first.

    The same after a death, or it would be looked up for the wrong ones: so it hangs on places that were written down,
    neither on the time nor on how many a request may be for.
    """
    until, there = bounds(work), awake(work)
    held, by_second = ({int(place) for place in places} for places in (work.scratch.get("held", {}), moved(work)))
    ranks = {  # no request is for two vendors
        one.place: (_day(work, one), one.place in held, one.place in by_second) for one in there
    }
    first = min(ranks.values(), default=None)
    return [one for one in there if ranks[one.place] == first and (not until or one.place <= until[-1])]


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
    held, there = work.scratch.get("held", {}), awake(work)
    day = min((_day(work, one) for one in there), default="")
    until = datetime.fromisoformat(day) if day else _instant(work, "held_until", now)
    if now < until <= now + LONGEST and all(str(one.place) in held for one in there):
        return NotYet(until, say("sms.held"))
    if quiet_until is not None:
        return NotYet(quiet_until, say("sms.quiet", until=f"{wall(quiet_until):%H:%M}"))
    return None


def send(ways: Ways, work: Work, now: datetime, *, urgent: bool, daily: int | None = None) -> Answer:
    """One request, or its division. Raises as ``Vendor.send``, but for ``SomeNumber``."""
    due = now_due(work)
    if not due:
        return Done({"until": bounds(work)[:-1]})  # those it was divided for want nothing more: on to the others
    if is_second(work, due) and ways.second is None and (two := [one for one in due if may_have_it(work, one)]):
        return after(work, two, [Doubtful(moved(work)[str(one.place)]) for one in two], now)  # never by the first again
    if is_second(work, due) and ways.second is None:  # written down before the first sends: a doubt would be its own
        gone = {str(one.place) for one in due}
        return Done({"moved": {place: why for place, why in moved(work).items() if place not in gone}})
    way = ways.of(work, due)
    if len(due) > (most := room(work, daily, way.most)):
        return Done({"until": [*bounds(work), due[most - 1].place]})
    try:
        numbers = [one.number for one in due]
    except Exception:  # whatever keeps them closed: nothing was sent
        raise TryAgain(say("sms.sealed")) from None
    try:
        results = way.vendor().send(numbers, text_of(work, way.templates))
    except SomeNumber as refused:
        middle = due[(len(due) - 1) // 2]
        return Done({"until": [*bounds(work), middle.place]}, note=str(refused))
    except (TryAgain, Refused, Gone) as failure:
        if isinstance(failure, Gone):
            way.ails(str(failure))
        answer = failed(work, due, failure, ways, urgent=urgent, now=now)
        return after(work, due, [answer] * len(due), now) if isinstance(answer, Rejected) else answer
    except Unsure as doubt:
        kept = doubted(work, due, ways, str(doubt))
        if kept is None:
            raise
        return NotYet(now, say("sms.twice", count=len(due), cause=str(doubt)), kept)
    way.ails("")
    return after(work, due, results, now, elsewhere=ways.second is not None, urgent=urgent, twice=ways.twice)


def after(
    work: Work,
    due: Sequence[Recipient],
    results: Sequence[Result],
    now: datetime,
    *,
    elsewhere: bool = False,
    urgent: bool = False,
    twice: bool = False,
) -> Done | Accepted:
    """What follows from the results of a request for ``due`` that began at ``now``.

    ``elsewhere``: there is another vendor, for whom this one refuses for good; in an emergency, for now. ``twice``: and
    for whom may have had it from this one.
    """
    held, by_second, asked_for = dict(work.scratch.get("held", {})), dict(moved(work)), 0.0
    days, (_, next_day) = dict(work.scratch.get("days", {})), day_of(now)
    two = list(work.scratch.get("twice", []))
    each = {}
    for one, result in zip(due, results, strict=True):
        place = str(one.place)  # as what is kept names it
        tries, rested = held.pop(place, 0) + 1, days.pop(place, None) is not None
        moves = elsewhere and isinstance(result, Rejected) and result.elsewhere and place not in by_second
        if isinstance(result, Rejected) and moves and (result.final or tries >= TRIES or urgent):
            by_second[place] = result.cause
        elif isinstance(result, Doubtful) and elsewhere and twice and place not in by_second:
            by_second[place] = result.cause
            two.append(place)
        elif isinstance(result, Rejected) and not moves and _waits_a_day(result, tries, rested=rested):
            held[place], days[place] = tries, next_day.isoformat()
        elif isinstance(result, Rejected) and not result.final and tries < TRIES:
            held[place] = tries
            asked_for = min(max(asked_for, result.retry_after or WAIT), LONGEST.total_seconds())
        else:
            found = _reached(result, by_second.get(place, ""))
            unsure = found.state is Outcome.REFUSED and place in two  # the first may have sent to him
            each[one.place] = replace(found, state=Outcome.UNKNOWN) if unsure else found
    open_ = any(one.state in (Outcome.ACCEPTED, Outcome.UNKNOWN) for one in each.values())
    scratch = {
        "until": bounds(work)[:-1],
        "held": held,
        "days": days,
        "moved": by_second,
        "twice": two,
        "failed": 0,
        "held_until": max(_instant(work, "held_until", now), now + timedelta(seconds=asked_for)).isoformat(),
        "begun": _instant(work, "begun", now).isoformat(),
        "open": open_ or work.scratch.get("open", False),
    }
    left = len(work.recipients) - len(each)
    note = _counted(each, left)
    if left or not scratch["open"]:  # nobody is to be asked after, or not yet
        return Done(scratch, note, each)
    return Accepted(ask_again_at=now + FIRST_ASKED, scratch=scratch | {"asked": 0}, note=note, each=each)


def _day(work: Work, one: Recipient) -> str:
    """The day that he waits for, as it is written down; empty: none. Earlier ones come first."""
    found: str = work.scratch.get("days", {}).get(str(one.place), "")
    return found


def _waits_a_day(result: Rejected, tries: int, *, rested: bool) -> bool:
    """Whether the next try waits for the day to end; however many came before, one does.

    ``rested``: that one was such a try.
    """
    if result.final:
        return False
    match result.next_day:
        case NextDay.EACH:
            return tries < TRIES or not rested
        case NextDay.LAST:
            return tries >= TRIES - 1 and not rested
    return False


def _instant(work: Work, name: str, otherwise: datetime) -> datetime:
    kept = work.scratch.get(name)
    return datetime.fromisoformat(kept) if kept else otherwise


def _reached(result: Result, before: str) -> Reached:
    """What is known of a recipient that is not tried again; ``before``: why the first vendor would not send to him."""
    match result:
        case Took(reference):
            return Reached(Outcome.ACCEPTED, reference)
        case Doubtful(cause):
            return Reached(Outcome.UNKNOWN, cause=cause)
        case Rejected(cause):
            return Reached(Outcome.REFUSED, cause=say("sms.both", first=before, second=cause) if before else cause)


def _counted(each: Each, left: int) -> str:
    taken = sum(one.state is Outcome.ACCEPTED for one in each.values())
    return say("sms.taken", taken=taken, others=len(each) - taken, left=left)
