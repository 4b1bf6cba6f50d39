"""The answer of the robot's interface in our words: HTTP 200 says nothing yet, ``errcode`` does."""

import json
from collections.abc import Sequence

from channels.base import Accepted, Gone, HttpAnswer, Refused, TryAgain, Unsure
from channels.quoted import quoted
from channels.wecom.rules import Means, rule_of_code, rule_of_status
from config.messages import say

QUOTED = 200  # characters of its own words that go into a cause


def judge(answer: HttpAnswer, *hidden: str) -> Accepted:
    """``answer`` as an outcome, as ``config/wecom.toml`` has it; what is ``hidden`` is kept out of every cause.

    Raises ``TryAgain`` for what was surely not taken, ``Refused``, ``Gone``, and ``Unsure`` for what nobody knows.
    """
    code, words = _read(answer)
    rule = rule_of_status(answer.status) if code is None else rule_of_code(code)
    said = _quoted(words, hidden)
    cause = say(f"wecom.{rule.says}", code=answer.status if code is None else code, said=said)
    match rule.means:
        case Means.ACCEPTED:
            return Accepted(note=cause)
        case Means.AGAIN:
            raise TryAgain(cause, throttled=rule.throttled)
        case Means.REFUSED:
            raise Refused(cause, final=code is not None)
        case Means.GONE:
            raise Gone(cause)
        case Means.PERSON:
            raise Unsure(cause)


def _read(answer: HttpAnswer) -> tuple[int | None, str]:
    """Its ``errcode`` and words; None when it is not the interface that speaks."""
    if answer.status != 200:
        return None, ""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return None, ""
    code = found.get("errcode") if isinstance(found, dict) else None
    return (code, str(found.get("errmsg", ""))) if type(code) is int else (None, "")


def _quoted(words: str, hidden: Sequence[str]) -> str:
    for one in hidden:
        words = words.replace(one, "…")
    line = quoted(words, QUOTED)
    return say("wecom.quoted", line=line) if line else ""
