"""Whether followers were alerted by what was published at an official account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from channels import wechat
from channels.base import Outcome
from producers.standings import Standing
from streams.pushes import FREE, Push


@dataclass(frozen=True)
class Alerted:
    """``state``: none (published, not pushed), or how the push stands."""

    state: str
    at: datetime | None = None
    by: str = ""


def alerted(standing: Standing, pushes: Iterable[Push], *, open_at: int | None) -> Alerted | None:
    """Of a message at an endpoint; None where there is nothing to push, or nothing is to be said of it any more.

    ``open_at`` is the sequence of the message that may be pushed; None: the notice is withdrawn.
    """
    here = [one for one in pushes if (one.endpoint, one.sequence) == (standing.endpoint, standing.sequence)]
    if here and here[-1].outcome not in FREE:
        return Alerted(str(here[-1].outcome), here[-1].begun_at, here[-1].by)
    published = standing.channel == wechat.Channel.name and standing.outcome is Outcome.DELIVERED
    return Alerted("none") if published and standing.sequence == open_at else None
