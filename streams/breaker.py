"""The breaker of a lane: after failures in a row it only probes; when a probe gets through, everything goes at once.

Pure. While it is open no attempt of a message is used up. After recovery the lane drains by turns whose
size (``window``) doubles, so that an outlet which just came back is not run over.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from streams.retry import limits, probes

WIDE = 64  # deliveries a turn when nothing is wrong


@dataclass(frozen=True)
class Breaker:
    """What a lane remembers of its endpoint's health."""

    failures: int = 0  # in a row
    failing_since: datetime | None = None
    opened_at: datetime | None = None
    probes: int = 0  # since it opened
    window: int = WIDE

    @property
    def is_open(self) -> bool:
        """True while only probes go out."""
        return self.opened_at is not None

    @property
    def turn(self) -> int:
        """How many deliveries the next turn may hold."""
        return 1 if self.is_open else self.window


def after_success(breaker: Breaker) -> Breaker:
    """The outlet answered as it should: closed; after an outage the window starts small."""
    if breaker.is_open:
        return Breaker(window=2)
    return Breaker(window=min(WIDE, breaker.window * 2))


def after_failure(breaker: Breaker, now: datetime) -> Breaker:
    """The outlet failed, not the message: time-out, refused connection, 5xx, 429."""
    failed = replace(
        breaker,
        failures=breaker.failures + 1,
        failing_since=breaker.failing_since or now,
        window=max(1, breaker.window // 2),
    )
    if breaker.is_open:
        return replace(failed, probes=breaker.probes + 1)
    if failed.failures >= limits()["failures"]:
        return replace(failed, opened_at=now, probes=0)
    return failed


def probe_at(breaker: Breaker, now: datetime) -> datetime:
    """When an open breaker is tried next, counted from the failure at ``now``."""
    gaps = probes()
    return now + timedelta(seconds=gaps[min(breaker.probes, len(gaps) - 1)])


def is_dead(breaker: Breaker, now: datetime) -> bool:
    """True after 120 h of unbroken failure with enough tries: the endpoint is disabled, a person enables it again."""
    if breaker.failing_since is None or breaker.failures < limits()["disable_tries"]:
        return False
    return (now - breaker.failing_since).total_seconds() >= limits()["disable_after"]
