"""A loop's pulse: when it last came round. A thread can be alive and hang; then its pulse stands still."""

import time


class Pulse:
    """Beaten by one loop, looked at by whoever asks whether it works."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def beat(self) -> None:
        """The loop came round."""
        self._at = time.monotonic()

    def age(self) -> float:
        """Seconds since it did; of this machine, whatever the installation's clock says."""
        return time.monotonic() - self._at
