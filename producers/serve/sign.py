"""A worker's sign of life: a file in its data folder, renewed while it works. It has no listener that could be asked.

The file holds the process's number; when it was modified is the sign. A process that died is known by its number, one
that hangs by its age, one whose engine hangs or whose store is away because it does not renew it.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SIGN = "alive"
EVERY = 5.0  # seconds between two signs
OLD = 30.0  # seconds: a store that is away is waited for 10 s, and then it is said to be


class Sign:
    """Given by the one worker of the folder ``home``; ``works`` says whether there is reason to."""

    def __init__(self, home: Path, works: Callable[[], bool]) -> None:
        self._file = home / SIGN
        self._works = works
        self._given = time.monotonic() - EVERY
        self._file.write_text(str(os.getpid()))

    def renew(self) -> None:
        """Give it again, when its time has come and the worker works."""
        if time.monotonic() - self._given >= EVERY and self._works():
            self._given = time.monotonic()
            with suppress(OSError):  # a folder that cannot be written: then there is no sign, which is true
                os.utime(self._file)

    def end(self) -> None:
        """No worker is here any more."""
        self._file.unlink(missing_ok=True)


def age(home: Path) -> float | None:
    """How old the sign of the worker of ``home`` is, in seconds; None when no process gives one."""
    file = home / SIGN
    try:
        os.kill(int(file.read_text()), 0)
        return abs(time.time() - file.stat().st_mtime)  # a clock that was put back makes none fresh
    except PermissionError:  # it is there, and another user's
        return abs(time.time() - file.stat().st_mtime)
    except (OSError, ValueError):
        return None
