"""Together: many threads each want one thing done; whoever comes first does it for all who wait, in one go."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """Hands what waits to ``act``, at most ``most`` at once and in order of arrival; one round at a time.

    ``act`` answers each in the same order. What it raises, all of its round are told.
    """

    def __init__(self, act: Callable[[Sequence[T]], Sequence[R]], most: int) -> None:
        self._act = act
        self._most = most
        self._waiting: deque[tuple[T, Future[R]]] = deque()
        self._door = threading.Lock()

    def do(self, one: T) -> R:
        """Wait until it is done, by this thread or another one; the answer."""
        mine: Future[R] = Future()
        self._waiting.append((one, mine))
        while not mine.done():
            with self._door:
                if not mine.done():
                    self._round()
        return mine.result()

    def _round(self) -> None:
        several = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            answers = self._act([one for one, _ in several])
        except BaseException as error:
            for _, future in several:
                future.set_exception(error)
        else:
            for (_, future), answer in zip(several, answers, strict=True):
                future.set_result(answer)
