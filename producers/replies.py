"""Replies to texts: who wants no more of them gets none from then on. What else people say is counted, and not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from channels.sms.opt_out import opts_out
from channels.sms.vendor import Reply
from producers.house import House
from streams import audit
from streams.audiences import ROWS, opt_out
from streams.outlets import Endpoint
from streams.store.store import Tx

HOW = "reply"


@dataclass(frozen=True)
class Heard:
    """How many replies wanted no more texts, and how many said something else."""

    opted_out: int
    others: int


def hear(house: House, at: Endpoint, replies: Sequence[Reply]) -> Heard:
    """Opt out whoever says so to ``at``: of all texts of its office, whichever signature the vendor names.

    Saying so twice changes nothing. Raises ``SettingsError`` or ``BadKey`` for the key, or ``StoreUnavailable``.
    """
    numbers = [one.number for one in replies if opts_out(one.text)]
    if numbers:
        seal = house.outlets.seal()
        blinds = [seal.blind(number) for number in numbers]
        for first in range(0, len(blinds), ROWS):
            house.store.write(partial(_opt_out, at=at, blinds=blinds[first : first + ROWS]))
    return Heard(len(numbers), len(replies) - len(numbers))


def _opt_out(tx: Tx, *, at: Endpoint, blinds: Sequence[str]) -> None:
    if new := opt_out(tx, at.office, blinds, HOW):
        detail = {"how": HOW, "new": new, "endpoint": at.id}
        audit.record(tx, office=at.office, who="gongkai", act="audience.opted_out", subject=at.office, detail=detail)
