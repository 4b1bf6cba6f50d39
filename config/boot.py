"""What the machine itself knows of its time: how long it has run, and whether its clock is held by others."""

import ctypes
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TIMEX = 512  # bytes: more than any kernel's ``struct timex``
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


@dataclass(frozen=True)
class Boot:
    """One look: which start of the machine this is, and how long it has run, sleep included."""

    name: str  # another one after each start
    seconds: float


def look() -> Boot:
    """Where this machine stands. Setting its clock moves nothing here (CLOCK_BOOTTIME, clock_gettime(2))."""
    return Boot(_name(), time.clock_gettime(time.CLOCK_BOOTTIME))


def is_synchronised() -> bool:
    """True while the kernel knows of somebody who keeps its clock right. Setting it by hand ends that at once.

    False where the kernel is not asked (adjtimex(2) is refused): nobody vouches then.
    """
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(TIMEX))
    return 0 <= int(state) < TIME_ERROR


@cache
def _name() -> str:
    return BOOT_ID.read_text().strip()
