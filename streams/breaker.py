"""The breaker of a lane: after failures in a row it only probes; when a probe gets through, what waits goes.

Pure. While it is open no attempt of a message is used up. After an outage the lane drains by a ramp, so that an
outlet which just came back is not run over: 2 messages, then 4 a second later, 8, … up to 64, and then all.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from streams.retry import limits, probes

RAMP = (2, 6, 14, 30, 62, 126)  # sends since the outage at which the lane rests: 2, 4, 8, 16, 32, 64 in between
REST = timedelta(seconds=1)


@dataclass(frozen=True)
class Breaker:
    """What a lane remembers of its endpoint's health."""

    failures: int = 0  # in a row
    failing_since: datetime | None = None
    opened_at: datetime | None = None
    probes: int = 0  # since it opened
    ramp: int = 0  # sends since the outage ended, until the ramp is over

    @property
    def is_open(self) -> bool:
        """True while only probes go out."""
        return self.opened_at is not None


def after_success(breaker: Breaker) -> Breaker:
    """The outlet answered as it should: closed; after an outage the ramp begins, and goes on with each success."""
    if breaker.is_open:
        return Breaker(ramp=1)
    return Breaker(ramp=breaker.ramp + 1 if 0 < breaker.ramp < RAMP[-1] else 0)


def after_failure(breaker: Breaker, now: datetime) -> Breaker:
    """The outlet failed, not the message: time-out, refused connection, 5xx, 429."""
    failed = replace(
        breaker,
        failures=breaker.failures + 1,
        failing_since=breaker.failing_since or now,
        ramp=min(breaker.ramp, 1),
    )
    if breaker.is_open:
        return replace(failed, probes=breaker.probes + 1)
    if failed.failures >= limits()["failures"]:
        return replace(failed, opened_at=now, probes=0)
    return failed


def rests_until(breaker: Breaker, now: datetime) -> datetime | None:
    """Until when the ramp lets nothing go, asked after the success at ``now``; None: it may go on at once."""
    return now + REST if breaker.ramp in RAMP else None


def probe_at(breaker: Breaker, now: datetime) -> datetime:
    """When an open breaker is tried next, counted from the failure at ``now``."""
    gaps = probes()
    return now + timedelta(seconds=gaps[min(breaker.probes, len(gaps) - 1)])


def is_dead(breaker: Breaker, now: datetime) -> bool:
    """True after 120 h of unbroken failure with enough tries: the endpoint is disabled, a person enables it again."""
    if breaker.failing_since is None or breaker.failures < limits()["disable_tries"]:
        return False
    return (now - breaker.failing_since).total_seconds() >= limits()["disable_after"]
