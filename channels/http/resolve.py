"""Names to addresses, within a deadline."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

Addresses = Sequence[str]
LookUp = Callable[[str, int], Addresses]


def by_the_system(host: str, port: int) -> Addresses:
    """Every address the system's resolver knows for ``host``, in its order. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up, each in a thread of its own: the system's look-up cannot be interrupted.

    A name that is being looked up is not looked up a second time beside it, so one whose servers hang holds one
    thread and nobody else. Nothing is kept.
    """

    def __init__(self, look_up: LookUp = by_the_system) -> None:
        self._look_up = look_up
        self._under_way: dict[tuple[str, int], Future[Addresses]] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, seconds: float) -> Addresses:
        """The addresses of ``host``. Raises ``TimeoutError`` after ``seconds``, and ``OSError`` as the look-up does."""
        with self._lock:
            future = self._under_way.get((host, port))
            if future is None:
                future = self._under_way[host, port] = Future()
                threading.Thread(target=self._run, args=(host, port, future), daemon=True).start()
        return future.result(timeout=max(seconds, 0))

    def _run(self, host: str, port: int, future: Future[Addresses]) -> None:
        try:
            found = self._look_up(host, port)
        except BaseException as error:  # raised again in whoever waits
            outcome: Addresses | BaseException = error
        else:
            outcome = found
        with self._lock:
            del self._under_way[host, port]
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
