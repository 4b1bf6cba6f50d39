"""Move an office with its history from SQLite to PostgreSQL: which stores are meant, and the folder held meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.clock import Clock
from config.settings import read
from producers.house import HEADS
from streams.embedded import hold_folder
from streams.store.address import BadAddress, postgres_address
from streams.store.move.measure import Measure, measure
from streams.store.move.move import Move, copied, moving

SQLITE = "sqlite:///"


class NotMovable(Exception):
    """What was given names no store of that kind: ``end`` is the option that is wrong."""

    def __init__(self, end: str) -> None:
        super().__init__(end)
        self.end = end  # from | to | setting


@dataclass(frozen=True)
class Ends:
    """From which file, to which address."""

    file: Path
    address: str
    is_set: bool  # the configuration names the new store already


def ends(home: Path, source: str, target: str) -> Ends:
    """The stores that ``--from`` and ``--to`` mean: ``sqlite`` is the data folder's own file, ``postgresql`` the
    address that ``GONGKAI_STORE`` or the configuration names.

    Raises ``SettingsError``, or ``NotMovable``.
    """
    written, effective = read(home, {}).store_url, read(home).store_url  # without and with what the environment says
    own = Path(written.removeprefix(SQLITE)) if written.startswith(SQLITE) else home / "gongkai.sqlite"
    if source != "sqlite" and not source.startswith(SQLITE):
        raise NotMovable("from")
    if target == "postgresql" and effective.startswith(SQLITE):
        raise NotMovable("setting")
    try:
        address = postgres_address(effective if target == "postgresql" else target)
    except BadAddress:
        raise NotMovable("to") from None
    return Ends(
        own if source == "sqlite" else Path(source.removeprefix(SQLITE)),
        address,
        _is(effective, address),
    )


def _is(configured: str, address: str) -> bool:
    try:
        return postgres_address(configured) == address
    except BadAddress:
        return False


@contextmanager
def migration(home: Path, between: Ends, *, by: str, clock: Clock) -> Iterator[Move]:
    """The move, with the data folder held.

    Raises ``AlreadyRunning`` while ``gongkai up`` works in it, and what ``streams.store.move.move.moving`` raises.
    """
    with (
        hold_folder(home),
        moving(between.file, between.address, by=by, clock=clock, heads=home / HEADS) as move,
    ):
        yield move


def look(between: Ends) -> tuple[list[Measure], int | None]:
    """What would be moved, and how many rows of it are there already; None where the move would begin.

    Changes nothing, and may be asked while ``gongkai up`` works. Raises what the move would be refused with.
    """
    return measure(between.file), copied(between.file, between.address)
