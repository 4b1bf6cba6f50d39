"""Links to others' sites in what readers read today: each asked once, when a person wants to know.

Never by the scheduler: nothing that is due waits for anybody's server (docs/decisions/0121-duties-from-rows.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Http, Refused, TryAgain, Unsure
from config.clock import Clock

MOST = 300  # that are asked in one go
LONGEST = timedelta(minutes=3)  # after it none is asked any more; the one under way has its own deadline
GONE = (404, 410)


@dataclass(frozen=True)
class Asked:
    """What came of one link: the status that says there is nothing, or why nobody was reached; both empty: it is well.

    ``answered`` is false where nobody can say: the guarded client may not go there, there were too many, the time was
    over, or no answer was seen in time.
    """

    link: str
    answered: bool
    status: int = 0
    cause: str = ""


def ask(http: Http, clock: Clock, links: Iterable[str]) -> Iterator[Asked]:
    """Each of ``links``, in order. A way to another address counts as an answer, and is not followed."""
    ends, left = clock.now() + LONGEST, MOST
    for link in links:
        one = _one(http, link) if left and clock.now() < ends else None
        left -= one is not None
        yield one or Asked(link, answered=False)


def _one(http: Http, link: str) -> Asked | None:
    """None where the guarded client may not go there: nothing left."""
    try:
        status = http.request("GET", link, limit=1).status
    except Refused:
        return None
    except Unsure:
        return Asked(link, answered=False)
    except TryAgain as error:
        return Asked(link, answered=True, cause=str(error))
    return Asked(link, answered=True, status=status if status in GONE else 0)
