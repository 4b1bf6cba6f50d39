"""What the platform answered: a JSON object, and the words of its errors."""

import json
from collections.abc import Mapping
from typing import Any

from channels.base import HttpAnswer, TryAgain, Unsure
from channels.quoted import quoted
from channels.wechat.rules import AnswerRule
from config.messages import say

QUOTED = 120  # characters of the platform's own words that go into a cause


class PerhapsTaken(TryAgain):
    """It asks to try again, in words that a server in trouble says too, after it did what it was asked."""


def read(answer: HttpAnswer) -> dict[str, Any]:
    """The JSON object in an answer. Raises ``TryAgain``, ``PerhapsTaken`` or ``Unsure`` when there is none.

    The platform's own refusals come with 200: any other status is that of a failing server, or of something in between.
    """
    if answer.status >= 500 and answer.status != 503:
        raise Unsure(say("wechat.status", status=answer.status))
    if answer.status == 503:
        raise PerhapsTaken(say("wechat.status", status=answer.status), throttled=True)
    if answer.status != 200:
        says = "status" if answer.status == 429 else "odd"
        raise TryAgain(say(f"wechat.{says}", status=answer.status), throttled=True)
    try:
        found = json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not found or answer.truncated or not _is_number(found.get("errcode", 0)):
        raise Unsure(say("wechat.odd", status=answer.status))
    return found


def say_error(rule: AnswerRule, answer: Mapping[str, Any], secret: str, *, hidden: str) -> str:
    """The cause, with the platform's own words on one line, and never with ``hidden`` in them."""
    text = str(answer.get("errmsg", ""))
    line = quoted(text.replace(hidden, "…") if hidden else text, QUOTED)
    said = say("wechat.quoted", line=line) if line else ""
    named = {"secret": secret} if rule.says == "credentials" else {}
    return say(f"wechat.{rule.says}", code=answer["errcode"], said=said, **named)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
