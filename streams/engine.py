"""What every engine does for the process that runs it."""

from typing import Protocol


class Engine(Protocol):
    """Hosts the stages and sends."""

    def start(self) -> None:
        """Take over what a former start of this process left, and begin."""

    def stop(self) -> bool:
        """Finish what is under way and end; nothing is lost by ending harder. False: something still hangs."""

    def is_alive(self) -> bool:
        """True while everything that was started works."""
