"""Which office is meant."""

from collections.abc import Sequence

from producers.command.exits import Exit
from producers.command.failures import Failed


def only_office(names: Sequence[str], asked: str | None) -> str:
    """The office that was asked for; without one, the only one there is. Raises ``Failed``."""
    if asked is None and len(names) == 1:
        return names[0]
    if asked is None:
        raise Failed(Exit.WRONG, "which_office", names="、".join(names))
    if asked not in names:
        raise Failed(Exit.WRONG, "unknown_office", given=asked, names="、".join(names))
    return asked
