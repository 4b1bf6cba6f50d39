"""Columns that an endpoint once filled: none may vanish from the configuration while something stands in it."""

from pathlib import Path

from channels.base import Refused
from channels.shelf import SHELF, opened
from config.columns import columns
from config.messages import say


def refuse_lost(place: Path) -> None:
    """Raises ``Refused`` when the shelf in ``place`` has a column that ``config/columns.toml`` has no more.

    Its list and its feed would stand still, and whoever reads them would never hear why.
    """
    if not (place / SHELF).exists():
        return
    with opened(place) as shelf:
        lost = [name for name in shelf.columns() if ":" not in name and name not in columns()]
    if lost:
        raise Refused(say("orphan.column", columns=", ".join(lost)), final=True)
