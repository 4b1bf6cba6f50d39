"""What triggers do at their instant, by name. A new act is a file and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from producers.house import House
from producers.schedule.recount import RECOUNT, recount_all
from producers.schedule.release import release
from producers.schedule.remind import is_in_hours, remind
from producers.schedule.tell import tell
from producers.timed import RELEASE
from streams.follow import TELL
from streams.reminders import REMIND
from streams.store.store import Tx
from streams.triggers import Trigger


@dataclass(frozen=True)
class Act:
    """One of them.

    ``prepare`` looks whether it may be done, outside every transaction, and may do what may be done twice; what
    it gives back is done in the one that ends the trigger. Either raises ``producers.schedule.refusal.Refusal`` where a
    person must decide, ``LetGo`` where nobody needs it any more. What would keep the others waiting does a little in
    ``prepare``, notes how far it came and raises ``GivesWay``.
    """

    prepare: Callable[[House, Trigger], Callable[[Tx], None]]
    by_a_true_clock: bool  # cannot be called back: waits while the machine's clock is doubted
    waits_for_none: Callable[[Trigger], bool] | None = None  # which of them go even so


ACTS: Mapping[str, Act] = {
    RELEASE: Act(release, by_a_true_clock=True),
    TELL: Act(tell, by_a_true_clock=True),
    RECOUNT: Act(recount_all, by_a_true_clock=True),  # it ends what is over by now, and plans what comes next
    REMIND: Act(remind, by_a_true_clock=True, waits_for_none=is_in_hours),  # a mail cannot be called back
}
"""By the name that their triggers carry."""
