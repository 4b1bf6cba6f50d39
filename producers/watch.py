"""Watch messages on their way to every endpoint, until each delivery has its outcome."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Self

from sqlalchemy import Connection, func, select

from producers.house import House
from producers.standings import Standing, of_messages, stopped_stages, unplanned
from producers.work import is_worked
from streams.embedded import AlreadyRunning, hold_folder
from streams.engine import Engine
from streams.events import Unreadable, decode
from streams.store.tables import dead_letter

LOOK_EVERY = 0.1  # seconds between two looks: as often as a person sees a change
ASK_EVERY = 0.5  # seconds between two looks whether anybody works


@dataclass(frozen=True)
class Seen:
    """What one look found."""

    standings: tuple[Standing, ...]
    unplanned: frozenset[str]  # messages that no stage has planned yet
    stopped: tuple[str, ...]  # stages that stand still
    dead: tuple[int, ...]  # dead letters about what is watched
    reading: bool = False  # something is just being read back at its outlet
    late: bool = False  # the time was up

    @property
    def ended(self) -> bool:
        """True when every delivery has its outcome."""
        return not self.unplanned and not self.reading and all(one.ended for one in self.standings)

    @property
    def stuck(self) -> bool:
        """True when nothing more happens before a person acts."""
        return bool(self.stopped or self.dead)

    @property
    def waiting(self) -> int:
        """How many deliveries have no outcome yet; a message that is not planned counts as one."""
        return len(self.unplanned) + sum(not one.ended for one in self.standings)


def watch(
    house: House, messages: Collection[str], *, timeout: float | None, show: Callable[[Seen], None] = lambda _: None
) -> Seen:
    """Look again and again, with ``show`` at each look, until all ended, all is stuck, or ``timeout`` seconds passed.

    The stages run here while nobody else runs them: beside a running ``gongkai up`` this only looks.
    """
    until = None if timeout is None else time.monotonic() + timeout
    newest = house.store.read(lambda c: c.execute(select(func.max(dead_letter.c.id))).scalar()) or 0
    pause = threading.Event()
    with _Helper(house) as helper:
        while True:
            helper.help_out()
            seen = house.store.read(lambda c: look(c, messages, newest, house.clock.now()))
            late = until is not None and time.monotonic() >= until
            show(seen)
            if seen.ended or seen.stuck or late:
                return replace(seen, late=late)
            pause.wait(LOOK_EVERY)


def look(connection: Connection, messages: Collection[str], since: int, now: datetime) -> Seen:
    """One look; dead letters count from the number ``since`` on."""
    standings = tuple(of_messages(connection, messages))
    return Seen(
        standings,
        frozenset(unplanned(connection, messages)),
        tuple(stopped_stages(connection)),
        tuple(_dead(connection, {name.rpartition(".")[0] for name in messages}, since)),
        reading=any(one.is_being_read_back(now) for one in standings),
    )


class _Helper:
    """Runs the stages here as soon as nobody else works; ends with its block."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock: IO[str] | None = None
        self._engine: Engine | None = None
        self._asked = float("-inf")  # when it was looked last

    def __enter__(self) -> Self:
        return self

    def help_out(self) -> None:
        """Take the folder when nobody works."""
        if self._lock is not None or time.monotonic() - self._asked < ASK_EVERY:
            return
        self._asked = time.monotonic()
        if is_worked(self._house.configuration, self._house.store):
            return
        with suppress(AlreadyRunning):
            self._lock = hold_folder(self._house.home)
            self._engine = self._house.engine()  # known before it starts: an interrupted start is stopped too
            self._engine.start()

    def __exit__(self, *_: object) -> None:
        if self._engine is not None:
            self._engine.stop()
        if self._lock is not None:
            self._lock.close()


def _dead(connection: Connection, subjects: Collection[str], since: int) -> Iterator[int]:
    for row in connection.execute(
        select(dead_letter).where(dead_letter.c.id > since, dead_letter.c.state == "waiting")
    ):
        try:
            found = decode(bytes(row.body))
        except Unreadable:
            continue
        if found.subject in subjects:
            yield row.id
