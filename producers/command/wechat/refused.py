"""Why a notice is not pushed, in the words of the person who asked."""

from datetime import datetime

from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.show import minute
from producers.push_offer import NoPush

EXITS = {"under_way": Exit.RUNNING, "lost": Exit.FAILED}


def refused(error: NoPush) -> Failed:
    """The failure to raise in its place."""
    values = {name: minute(one) if isinstance(one, datetime) else one for name, one in error.values.items()}
    return Failed(EXITS.get(error.why, Exit.WRONG), f"push_{error.why}", **values)
