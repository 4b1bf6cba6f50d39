"""Live pages: one look at the store for everybody who watches, and what changed in it for each.

A watcher keeps what it has told its page, and after each look it tells the difference. So a slow page costs
nothing but its own lag, and one that was away is told everything anew: there is no queue that could grow.
"""

import asyncio
import contextlib
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from anyio import to_thread

from config.clock import Clock
from config.serve import inner, live
from streams.store.store import StoreUnavailable

log = structlog.get_logger()

V = TypeVar("V", bound=Hashable)  # what a page shows: equal for pages that show the same
S = TypeVar("S")  # what is seen there


@dataclass(frozen=True)
class Look(Generic[S]):
    """What was seen, and when; ``failed`` when the store could not be read since then."""

    seen: S
    at: datetime
    failed: bool = False


class Live(Generic[V, S]):
    """Looks at every watched view, all of them in one round. Belongs to one event loop."""

    def __init__(self, read: Callable[[V], S], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._watched: Counter[V] = Counter()
        self._looks: OrderedDict[V, Look[S]] = OrderedDict()
        self._wake = asyncio.Event()
        self._looked = asyncio.Condition()
        self._rounds = 0
        self._ending = False

    @property
    def watchers(self) -> int:
        """How many pages are live."""
        return self._watched.total()

    def stir(self) -> None:
        """Something was committed: look soon."""
        self._wake.set()

    async def run(self) -> None:
        """Look until cancelled: once a second, sooner after a commit, never while nobody watches."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), live().look)
            self._wake.clear()
            if self._watched:
                await to_thread.run_sync(self._look_at, tuple(self._watched))
                await self._tell()
                await asyncio.sleep(live().gap)

    async def end(self) -> None:
        """Let every watcher come to its end."""
        self._ending = True
        await self._tell()

    async def now(self, view: V) -> Look[S]:
        """A look at ``view`` now, or the last there was while the store is away; raises what reading raises else."""
        return await to_thread.run_sync(self._look, view)

    async def watch(self, view: V) -> AsyncGenerator[Look[S], None]:
        """Every look at ``view``, the first one at once; to a slow watcher the newest after the one it had."""
        self._watched[view] += 1
        try:
            had = self._rounds
            yield await self.now(view)
            while not self._ending:
                async with self._looked:
                    while self._rounds == had and not self._ending:
                        await self._looked.wait()
                had = self._rounds
                if view in self._looks:
                    yield self._looks[view]
        finally:
            self._watched[view] -= 1
            if not self._watched[view]:
                del self._watched[view]

    async def _tell(self) -> None:
        self._rounds += 1
        async with self._looked:
            self._looked.notify_all()

    def _look_at(self, views: Iterable[V]) -> None:
        for view in views:
            try:
                self._look(view)
            except Exception as error:  # whatever it is, the other pages stay live, and this one says that it is not
                log.warning("look_failed", view=str(view), cause=str(error))

    def _look(self, view: V) -> Look[S]:
        """On a thread of its own: reading blocks."""
        try:
            found = Look(self._read(view), self._clock.now())
        except StoreUnavailable:
            if view not in self._looks:
                raise
            found = replace(self._looks[view], failed=True)
        self._looks[view] = found
        self._looks.move_to_end(view)
        while len(self._looks) > inner().viewers:
            self._looks.popitem(last=False)
        return found
