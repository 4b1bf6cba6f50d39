"""A matter through its life: the time in which the public may comment on it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Window:
    """征求意见期: when comments on a matter are taken. Instants are aware; the last one is not within it any more."""

    notice: str  # id of the notice that asks for comments
    opens_at: datetime
    closes_at: datetime
    open_to: date  # the last day, as the notice says it
