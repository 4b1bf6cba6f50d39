"""The times of a file against the clock: nobody signs in the future, and what is over or not due goes nowhere."""

from collections.abc import Iterator
from datetime import datetime

from config.clock import wall
from config.fields import bounds
from notices.document import Draft
from notices.problem import FileRefused, Problem


def check_times(draft: Draft, now: datetime, *, corrects: bool = False) -> None:
    """Raises ``FileRefused`` with every time of ``draft`` that cannot be when it is approved at ``now``."""
    found = [*_untimely(draft, now), *(_late if corrects else _unplannable)(draft, now)]
    if found:
        raise FileRefused(found)


def is_timed(draft: Draft, now: datetime) -> bool:
    """True when ``draft`` is to be released later than ``now``."""
    return draft.content.release_at is not None and draft.content.release_at > now


def _untimely(draft: Draft, now: datetime) -> Iterator[Problem]:
    content = draft.content
    out = content.release_at if content.release_at is not None and is_timed(draft, now) else now
    expired, too_early = ("expired_then", "too_early_then") if out > now else ("expired", "too_early")
    at, today = _minute(now), wall(now).date()
    for label, act in (("签发.时间", content.approval), ("保密审查.时间", content.secrecy)):
        if act is not None and act.at > now:
            yield draft.problem(label, "ahead", given=_minute(act.at), now=at)
    if content.expires_at is not None and content.expires_at <= out:
        yield draft.problem("失效时刻", expired, given=_minute(content.expires_at), now=_minute(out))
    most = bounds().dated_ahead_days
    for label, day in (("成文日期", content.issued_on), ("形成日期", content.formed_on)):
        if (days := (day - today).days) > most:
            yield draft.problem(label, "far_ahead", given=day, today=today, days=days, most=most)
    if content.planned_on is not None and content.planned_on > wall(out).date():
        yield draft.problem("拟公开日期", too_early, given=content.planned_on, today=wall(out).date())


def _unplannable(draft: Draft, now: datetime) -> Iterator[Problem]:
    """What is wrong with the instant of a release: it is over, or so far off that it is a slip."""
    at, most = draft.content.release_at, bounds().released_ahead_days
    if at is None:
        return
    if at <= now:
        yield draft.problem("定时发布", "release_over", given=_minute(at), now=_minute(now))
    elif (days := (wall(at).date() - wall(now).date()).days) > most:
        yield draft.problem("定时发布", "release_far", given=_minute(at), days=days, most=most)


def _late(draft: Draft, now: datetime) -> Iterator[Problem]:
    """A correction goes out at once: what readers have now is wrong."""
    if draft.content.release_at is not None and is_timed(draft, now):
        yield draft.problem("定时发布", "correction_at_once", given=_minute(draft.content.release_at))


def _minute(at: datetime) -> str:
    return f"{wall(at):%Y-%m-%d %H:%M}"
