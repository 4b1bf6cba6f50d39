"""How long the public is really asked: a window counts from when anybody could read of it, not as it was typed."""

from datetime import date, datetime

from config.clock import wall
from config.kinds import Order, kinds
from notices.notice import Version

CONSULTS, FROM, TO = "t06", "open_from", "open_to"


def rule() -> Order:
    """How many days the law gives, the article, and the field that says why it may be fewer."""
    return next(one for one in kinds()[CONSULTS].orders if (one.earlier, one.later) == (FROM, TO))


def days_asked(open_from: date, open_to: date, public_at: datetime) -> int:
    """The days of a window that became public at ``public_at``, the first not counted; negative: it was over."""
    return (open_to - max(open_from, wall(public_at).date())).days


def days_of(version: Version, public_at: datetime) -> int:
    """Those of the consultation ``version``."""
    open_from, open_to = (date.fromisoformat(version.fields[name]) for name in (FROM, TO))
    return days_asked(open_from, open_to, public_at)


def too_short(
    version: Version, public_at: datetime, before: Version | None = None, *, reasons_count: bool = True
) -> bool:
    """True where the consultation ``version``, public since ``public_at``, asks for less than the law wants and does
    not say why; a correction of ``before``: where it makes that worse. ``reasons_count``: false where the office takes
    no reason."""
    days = days_of(version, public_at)
    if days >= rule().days or (reasons_count and _says_why(version)):
        return False
    return before is None or (reasons_count and _says_why(before)) or days < days_of(before, public_at)


def why_shorter(version: Version) -> tuple[str, str] | None:
    """Label and text of the reason that ``version`` gives; it is printed wherever its text is (条例 art. 15)."""
    if version.kind != CONSULTS or not _says_why(version):
        return None
    return kinds()[CONSULTS].field(rule().unless).label, version.fields[rule().unless]


def _says_why(version: Version) -> bool:
    return bool(version.fields.get(rule().unless))
