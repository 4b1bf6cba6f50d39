"""群发次数: how many pushes an account has a day or a month, and which of them are kept for emergencies."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from config.clock import SHANGHAI, wall

DAY, MONTH = "day", "month"
QUOTAS = {"subscription": (DAY, 1), "service": (MONTH, 4)}  # what the platform gives each sort of account


class Slot(StrEnum):
    """Which slot a push may take, or why it may take none."""

    FREE = "free"
    RESERVE = "reserve"
    KEPT = "kept"  # only the reserve is left, and this is no emergency
    NONE = "none"


@dataclass(frozen=True)
class Slots:
    """``most`` pushes a ``period``, of which the last ``reserve`` are for emergencies; ``spent`` since it began."""

    period: str  # day | month
    most: int
    reserve: int
    spent: int = 0

    @property
    def left(self) -> int:
        """How many there are still, the reserve among them."""
        return max(self.most - self.spent, 0)

    @property
    def free(self) -> int:
        """How many of those a routine push may take."""
        return max(self.left - self.reserve, 0)

    @property
    def lends(self) -> bool:
        """Whether a person may let a routine push take the reserve: tomorrow there is another; next month is far."""
        return self.period == DAY

    def take(self, *, urgent: bool, use_reserve: bool) -> Slot:
        """Which slot a push takes."""
        if not self.left:
            return Slot.NONE
        if self.free:
            return Slot.FREE
        return Slot.RESERVE if urgent or (use_reserve and self.lends) else Slot.KEPT


def began(period: str, now: datetime) -> datetime:
    """When the day or the month began, in Asia/Shanghai, by which the platform counts."""
    day = wall(now).date()
    return datetime.combine(day.replace(day=1) if period == MONTH else day, time(), SHANGHAI)
