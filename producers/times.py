"""The times of a file against the clock: nobody signs in the future, and what is over or not due goes nowhere."""

from collections.abc import Iterator
from datetime import datetime

from config.clock import wall
from config.fields import bounds
from notices.document import Draft
from notices.problem import FileRefused, Problem


def check_times(draft: Draft, now: datetime) -> None:
    """Raises ``FileRefused`` with every time of ``draft`` that cannot be at ``now``."""
    if found := list(_untimely(draft, now)):
        raise FileRefused(found)


def _untimely(draft: Draft, now: datetime) -> Iterator[Problem]:
    content = draft.content
    at, today = _minute(now), wall(now).date()
    for label, act in (("签发.时间", content.approval), ("保密审查.时间", content.secrecy)):
        if act is not None and act.at > now:
            yield draft.problem(label, "ahead", given=_minute(act.at), now=at)
    if content.expires_at is not None and content.expires_at <= now:
        yield draft.problem("失效时刻", "expired", given=_minute(content.expires_at), now=at)
    most = bounds().dated_ahead_days
    for label, day in (("成文日期", content.issued_on), ("形成日期", content.formed_on)):
        if (days := (day - today).days) > most:
            yield draft.problem(label, "far_ahead", given=day, today=today, days=days, most=most)
    if content.planned_on is not None and content.planned_on > today:
        yield draft.problem("拟公开日期", "too_early", given=content.planned_on, today=today)


def _minute(at: datetime) -> str:
    return f"{wall(at):%Y-%m-%d %H:%M}"
