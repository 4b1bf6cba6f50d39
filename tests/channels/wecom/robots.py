"""The channel of a group's robot, with everything real in between."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.base import Rendition, Tools
from channels.http import AllowEntry, Guarded
from channels.wecom import ORIGIN, Channel, WecomOptions
from config.clock import Clock, SystemClock
from notices.notice import Message
from tests import factories
from tests.channels.webhook.partners import Nothing

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"  # the one of the documents


def channel(
    origin: str = ORIGIN,
    *,
    clock: Clock | None = None,
    secret: Callable[[str], str] = lambda name: KEY,
    allow: bool = True,
    total: float = 5,
    **options: Any,
) -> Channel:
    """The channel of a robot behind ``origin``, which is on the allow-list when it is on loopback."""
    clock = clock or SystemClock()
    listed = [AllowEntry(origin, "测试")] if allow and origin != ORIGIN else []
    tools = Tools(
        clock=clock,
        http=Guarded(clock=clock, allow=listed, total=total),
        smtp=Nothing(),
        blobs=Nothing(),
        shared=Nothing(),
        place=Path("/nowhere"),
        public_url=factories.PUBLIC_URL,
        secret=secret,
    )
    return Channel(WecomOptions(secret="gongzuoqun", origin=origin, **options), tools)


def posted(rendition: Rendition) -> dict[str, Any]:
    """The JSON that would be posted."""
    found: dict[str, Any] = json.loads(rendition.main.body)
    return found


def content(said: Message, **options: Any) -> str:
    """What would be said in the group."""
    found = posted(channel(**options).render(said))
    return str(found[found["msgtype"]]["content"])
