"""Columns that an endpoint once filled: none may vanish from the configuration while something stands in it."""

from contextlib import suppress
from pathlib import Path

from channels.base import Refused
from channels.shelf import SHELF, ShelfUnavailable, opened
from config.columns import columns
from config.messages import say


def refuse_lost(place: Path) -> None:
    """Raises ``Refused`` when the shelf in ``place`` has a column that ``config/columns.toml`` has no more.

    Its list and its feed would stand still, and whoever reads them would never hear why. A shelf that cannot be read
    now, on a full disk, holds nothing up here: sending will be tried until it can.
    """
    if not (place / SHELF).exists():
        return
    lost: list[str] = []
    with suppress(ShelfUnavailable), opened(place) as shelf:
        lost = [name for name in shelf.columns() if ":" not in name and name not in columns()]
    if lost:
        raise Refused(say("orphan.column", columns=", ".join(lost)), final=True)
