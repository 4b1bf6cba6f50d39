"""Reading back: is what stands at a public address, byte for byte, what was written?"""

import hashlib
import tomllib
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from channels.base import Http, Refused, TryAgain, Unsure
from config.messages import say


def difference(http: Http, address: str, expected: bytes) -> str | None:
    """Empty when ``address`` answers with exactly ``expected``, else what is different; None if it cannot be read.

    What counts is the bytes: of a notice that was taken away they come with status 410, of one replaced with 301.
    """
    try:
        answer = http.request("GET", address, headers={"Cache-Control": "no-cache"}, limit=len(expected) + 1)
    except (TryAgain, Unsure, Refused):
        return None
    if answer.body == expected:
        return ""
    if answer.status not in (200, 410):
        return None
    found, wanted = (hashlib.sha256(body).hexdigest() for body in (answer.body, expected))
    return say("reading.differs", wanted=wanted[:12], found=found[:12])


def ask_at(asked: int, now: datetime) -> datetime | None:
    """When to read for the ``asked``-th time, counted from 0; None when it has been tried often enough."""
    return now + timedelta(seconds=_gaps()[asked]) if asked < len(_gaps()) else None


@cache
def _gaps() -> tuple[float, ...]:
    schedules = tomllib.loads((files("config") / "schedules.toml").read_text("utf-8"))
    return tuple(schedules["read_back"]["delays"])
