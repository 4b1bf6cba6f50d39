"""What every engine does for the process that runs it."""

from typing import Protocol

HANGS = 60.0  # seconds: six statements' time-outs, and twice the broker's; whatever takes longer will not come back


class Engine(Protocol):
    """Hosts the stages and sends."""

    def start(self) -> None:
        """Take over what a former start of this process left, and begin."""

    def stop(self) -> bool:
        """Finish what is under way and end; nothing is lost by ending harder. False: something still hangs."""

    def is_alive(self) -> bool:
        """True while everything that was started runs; it may still hang."""

    def still(self) -> float:
        """Seconds since the slowest of its loops last came round."""


def works(engine: Engine) -> bool:
    """True while everything of it runs and comes round. That broker or store is away stops no loop."""
    return engine.is_alive() and engine.still() < HANGS
