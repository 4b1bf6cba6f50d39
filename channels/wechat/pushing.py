"""群发: a published article is sent to every follower, each of whom is alerted. A person's act, and a scarce one.

A draft that was published has left its box, and what is pushed is a draft: another one is made of the same approved
bytes and the same pictures. The platform keeps ``clientmsgid`` for 24 hours: a repeat under it reaches nobody twice and
says whether the first one went (docs/decisions/0056-wechat-push.md).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.base import Outcome, Refused, TryAgain, Unsure, Work
from channels.wechat.client import Client
from channels.wechat.known import Known
from channels.wechat.publishing import article, own_of
from config.clock import Clock
from config.messages import say

KEPT = timedelta(hours=24)  # so long the platform knows a key
ALONE = timedelta(minutes=2)  # after a try began another may begin, and this one sends nothing any more
MARGIN = timedelta(hours=1)  # clocks differ, and a request takes its time
LETTERS = 32  # of a key: the platform refuses some that are shorter than the 64 bytes it names

SENDING = "SENDING"
STATES = {"SEND_SUCCESS": Outcome.DELIVERED, "SEND_FAIL": Outcome.FAILED, "DELETE": Outcome.DELIVERED}


@dataclass(frozen=True)
class Pushed:
    """What came of it: accepted, delivered, failed, refused (surely not taken) or unknown."""

    outcome: Outcome
    reference: str = ""  # the platform's number for it
    cause: str = ""
    other_try: bool = False  # not by this try: by an earlier one, if it went at all


def key_of(notice: str, sequence: int, account: str, failed: int) -> str:
    """``clientmsgid``: the same for every try of this message at this account, another after one that failed there.

    For a job that failed is a record as well, and a repeat under its key would be told that it exists.
    """
    return hashlib.sha256(f"{notice}.{sequence}.{account}.{failed}".encode()).hexdigest()[:LETTERS]


def may_repeat(begun_at: datetime, now: datetime) -> bool:
    """Whether the platform still knows the key of a push that was first tried then."""
    return now - begun_at < KEPT - MARGIN


def push(client: Client, known: Known, work: Work, key: str, began: datetime, *, clock: Clock, doubted: bool) -> Pushed:
    """Push ``work``, which is published, in a try that ``began`` then.

    ``doubted``: it was tried before under ``key``, and nobody saw the answer. Then only an answer about that key says
    anything: what else is wrong now may be because the first one went.
    """
    now = clock.now()
    known.pushing(work, now)
    try:
        draft = own_of(client, work, "draft")
        media_id = draft.id if draft is not None else article(client, work)
    except (TryAgain, Unsure, Refused) as error:  # nothing was pushed by this
        return _not_taken(known, work, str(error), now, doubted=doubted)
    said = {
        "filter": {"is_to_all": True},
        "mpnews": {"media_id": media_id},
        "msgtype": "mpnews",
        "send_ignore_reprint": 0,
        "clientmsgid": key,
    }
    if not timedelta(0) <= clock.now() - began < ALONE:  # who slept over it knows nothing of what was done since
        return _not_taken(known, work, say("wechat.push_late"), now, doubted=doubted)
    try:
        answer, cause = client.answered("message/mass/sendall", said)
    except (TryAgain, Unsure, Refused) as unseen:
        return Pushed(Outcome.UNKNOWN, cause=str(unseen))
    match answer.get("errcode", 0):
        case 0:
            return _taken(client, known, work, answer, "", now)
        case 45065:  # the first one went; this draft was made in vain
            return _taken(client, known, work, answer, media_id, now)
        case 45066 | -1:  # it may be under way; it may have been taken
            return Pushed(Outcome.UNKNOWN, cause=cause)
    return _not_taken(known, work, cause, now, doubted=doubted)


def asked(client: Client, reference: str) -> Pushed:
    """What became of a push that was taken; ``accepted`` while that is not known.

    Raises ``TryAgain`` or ``Unsure``.
    """
    outcome = STATES.get(state(client, reference), Outcome.ACCEPTED)
    cause = say("wechat.push_failed") if outcome is Outcome.FAILED else ""
    return Pushed(outcome, reference, cause)


def state(client: Client, reference: str) -> str:
    """The platform's own word for it; empty where it knows none, as it does of some that went.

    Raises ``TryAgain`` or ``Unsure``.
    """
    try:
        return str(client.call("message/mass/get", {"msg_id": reference}).get("msg_status", ""))
    except Refused:
        return ""


def _taken(client: Client, known: Known, work: Work, answer: Mapping[str, Any], unused: str, now: datetime) -> Pushed:
    """It is at the platform; the draft that a repeat had made in vain goes."""
    number = str(answer.get("msg_id", ""))
    reference = number if number.isascii() and number.isdigit() else ""
    if reference:
        known.pushed(work, reference, now)
    try:
        if unused:
            client.call("draft/delete", {"media_id": unused})
        said = asked(client, reference) if reference else Pushed(Outcome.ACCEPTED)
    except (TryAgain, Unsure, Refused):  # whatever becomes of that, it is there
        said = Pushed(Outcome.ACCEPTED, reference)
    return replace(said, other_try=bool(unused))


def _not_taken(known: Known, work: Work, cause: str, now: datetime, *, doubted: bool) -> Pushed:
    if doubted:
        return Pushed(Outcome.UNKNOWN, cause=cause, other_try=True)
    known.not_pushed(work, now)
    return Pushed(Outcome.REFUSED, cause=cause)
