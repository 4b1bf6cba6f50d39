"""Wait for a condition: no test sleeps for so long that something should have happened by then."""

import threading
import time
from collections.abc import Callable


def until(found: Callable[[], object], seconds: float = 60) -> None:
    """Until it holds. Fails after ``seconds``."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not found():
        assert time.monotonic() < end, "waited in vain"
        pause.wait(0.02)
