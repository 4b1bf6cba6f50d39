"""The JSON that the robot's interface takes, around the content."""

import json
from dataclasses import dataclass
from typing import Any

from channels.base import Slot
from config.messages import say

CONTENT_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Mentions:
    """Who is called by name: userids (in a text also @all), and in a text whoever a secret names by mobile number."""

    users: tuple[str, ...] = ()
    mobiles: bool = False


def envelope(format_: str, content: str, mentions: Mentions) -> bytes:
    """What is posted. Markdown mentions in its content, a text beside it."""
    inner: dict[str, Any] = {"content": content}
    if format_ == "text" and mentions.users:
        inner["mentioned_list"] = list(mentions.users)
    if format_ == "text" and mentions.mobiles:
        inner["mentioned_mobile_list"] = [Slot.MOBILES.mark]  # filled when it is sent
    # real characters: errcode 40033 is for \u escapes
    return json.dumps({"msgtype": format_, format_: inner}, ensure_ascii=False, separators=(",", ":")).encode()


def trial() -> bytes:
    """What a test says: nothing to know, and nobody is called."""
    return envelope("text", say("wecom.test_text", "zh"), Mentions())
