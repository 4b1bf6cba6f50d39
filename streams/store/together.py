"""Together: many threads each want one thing done; one of them does it for all who wait, in one go."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

GATHER = 0.02  # seconds at most that a round is given to grow, after one of several: half of what that one took

T = TypeVar("T")
R = TypeVar("R")


class _Wish:
    """What one thread waits for."""

    def __init__(self, of: Any) -> None:
        self.of = of
        self.stirred = threading.Event()  # it is done, or its thread is to lead the next round
        self.is_done = False
        self.answer: Any = None
        self.failure: BaseException | None = None


class Together(Generic[T, R]):
    """Hands what waits to ``act``, at most ``most`` at once and in order of arrival; one round at a time.

    ``act`` answers each in the same order. What it raises, all of its round are told.
    """

    def __init__(self, act: Callable[[Sequence[T]], Sequence[R]], most: int) -> None:
        self._act = act
        self._most = most
        self._door = threading.Lock()
        self._waiting: deque[_Wish] = deque()
        self._led = False  # somebody is in a round, or about to be
        self._grows = 0.0  # seconds that the next round is given
        self._never = threading.Event()

    def do(self, one: T) -> R:
        """Wait until it is done, by this thread or another one; the answer."""
        mine = _Wish(one)
        with self._door:
            self._waiting.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.stirred.wait()
        if not mine.is_done:
            self._round()  # the oldest leads, so its own is among them
        if mine.failure is not None:
            raise mine.failure
        return cast(R, mine.answer)

    def _round(self) -> None:
        if self._grows:
            self._never.wait(self._grows)
        with self._door:
            several = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        begun = time.perf_counter()
        try:
            answers = self._act([wish.of for wish in several])
            for wish, answer in zip(several, answers, strict=True):
                wish.answer = answer
        except BaseException as error:
            for wish in several:
                wish.failure = error
        self._grows = min((time.perf_counter() - begun) / 2, GATHER) if len(several) > 1 else 0.0
        for wish in several:
            wish.is_done = True
            wish.stirred.set()
        with self._door:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].stirred.set()
