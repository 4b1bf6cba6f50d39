"""When to try again: pure decisions over ``config/schedules.toml``."""

import random
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """Seconds before each attempt; ``every`` repeats for good after the list, where it is set."""

    delays: tuple[float, ...]
    jitter: float = 0.0
    every: float | None = None


@cache
def schedule(name: str) -> Schedule:
    """The schedule ``name`` of the file."""
    row = _file()[name]
    return Schedule(tuple(row["delays"]), row["jitter"], row.get("every"))


def next_try(
    schedule: Schedule,
    tries: int,
    now: datetime,
    *,
    retry_after: float | None = None,
    throttled: bool = False,
    expires_at: datetime | None = None,
    chance: float | None = None,
) -> datetime | None:
    """When attempt ``tries + 1`` may be made; None when there is none any more.

    What the outlet asks (``retry_after``, seconds) is never undercut. ``chance`` in [0, 1) is the jitter's draw.
    """
    if tries < len(schedule.delays):
        delay = schedule.delays[tries]
    elif schedule.every is not None:
        delay = schedule.every
    else:
        return None
    draw = random.random() if chance is None else chance  # noqa: S311  # spreads load; guards nothing
    delay *= 1 + schedule.jitter * (2 * draw - 1)
    due = max(now + timedelta(seconds=delay), hold_until(now, retry_after, throttled, draw) or now)
    return None if expires_at is not None and due >= expires_at else due


def hold_until(
    now: datetime, retry_after: float | None, throttled: bool, chance: float | None = None
) -> datetime | None:
    """Until when the outlet wants nothing at all: what it asked (seconds, bounded), or the least after throttling."""
    if retry_after is not None:
        return now + timedelta(seconds=min(retry_after, limits()["retry_after_limit"]))
    if throttled:
        draw = random.random() if chance is None else chance  # noqa: S311  # as above
        return now + timedelta(seconds=limits()["throttled"] * (1 + draw / 2))
    return None


@cache
def limits() -> dict[str, float]:
    """The numbers of ``[breaker]`` that are no lists."""
    return {key: value for key, value in _file()["breaker"].items() if not isinstance(value, list)}


@cache
def probes() -> tuple[float, ...]:
    """Seconds between probes of an open breaker; the last one repeats."""
    return tuple(_file()["breaker"]["probes"])


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("config") / "schedules.toml").read_text("utf-8"))
