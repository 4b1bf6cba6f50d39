"""The one clock: everything that asks the time or waits is handed one, so a test can drive a whole installation."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from config import boot
from config.boot import Boot

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time and waits; never read another one."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def wait(self, wakened: threading.Event, seconds: float | None) -> bool:
        """Wait until ``wakened`` is set or ``seconds`` have passed on this clock; True when set."""

    def boot(self) -> Boot:
        """How long the machine has run: what no setting of the clock moves."""

    def is_synchronised(self) -> bool:
        """True while somebody outside keeps the machine's clock right."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, wakened: threading.Event, seconds: float | None) -> bool:
        return wakened.wait(seconds)

    def boot(self) -> Boot:
        return boot.look()

    def is_synchronised(self) -> bool:
        return boot.is_synchronised()


class DrivenClock:
    """A clock that stands still until a test moves it.

    Given a file, the instant is read from it at every question, so one test drives every process of an
    installation (``GONGKAI_CLOCK`` names the file): the instant, and after ``put`` which start of the machine it is and
    how many seconds its clock was put. Waiting polls in real time, in steps of 10 ms.
    """

    def __init__(self, start: datetime | None = None, *, file: Path | None = None) -> None:
        self._file = file
        self._now = start or datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        self._boot, self._put = "driven", 0.0
        if file is not None and start is not None:
            self._write(start)

    def now(self) -> datetime:
        self._read()
        return self._now

    def boot(self) -> Boot:
        self._read()
        return Boot(self._boot, self._now.timestamp() - self._put)

    def is_synchronised(self) -> bool:
        return False

    def set(self, instant: datetime) -> None:
        """Let time pass, or pass backwards, until ``instant``: whatever tells time agrees."""
        self._read()
        self._write(instant)

    def advance(self, seconds: float) -> None:
        """Move ``seconds`` on."""
        self.set(self.now() + timedelta(seconds=seconds))

    def put(self, seconds: float, *, boot: str | None = None) -> None:
        """Put the clock ``seconds`` on or back, as a person does: no time passes, unless it is during a start."""
        self._read()
        self._boot, self._put = boot or self._boot, self._put + seconds
        self._write(self._now + timedelta(seconds=seconds))

    def _read(self) -> None:
        if self._file is not None:
            instant, *machine = self._file.read_text().split()
            self._now = datetime.fromisoformat(instant)
            self._boot, self._put = (machine[0], float(machine[1])) if machine else ("driven", 0.0)

    def _write(self, instant: datetime) -> None:
        self._now = instant
        if self._file is not None:
            beside = self._file.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
            beside.write_text(f"{instant.isoformat()} {self._boot} {self._put}")
            beside.replace(self._file)

    def wait(self, wakened: threading.Event, seconds: float | None) -> bool:
        due = None if seconds is None else self.now() + timedelta(seconds=seconds)
        while not wakened.wait(0.01):
            if due is not None and self.now() >= due:
                return False
        return True


def clock_of(environment: Callable[[str], str | None] = os.environ.get) -> Clock:
    """The clock this process goes by: the machine's, unless ``GONGKAI_CLOCK`` names a driven one's file."""
    file = environment("GONGKAI_CLOCK")
    return DrivenClock(file=Path(file)) if file else SystemClock()


def wall(instant: datetime) -> datetime:
    """``instant`` as people here read it: Asia/Shanghai."""
    return instant.astimezone(SHANGHAI)


def day_of(instant: datetime) -> tuple[datetime, datetime]:
    """When the calendar day that ``instant`` falls into begins here, and when the next one does."""
    begins = wall(instant).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)
