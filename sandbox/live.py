"""Server-sent events for whoever looks at a page: one at each change."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse


class Live:
    """Those who look at one thing."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._changes = 0
        self._leaving = False

    async def say_changed(self) -> None:
        """Wake them up."""
        async with self._changed:
            self._changes += 1
            self._changed.notify_all()

    async def leave(self) -> None:
        """End their streams: the server is about to stop."""
        self._leaving = True
        await self.say_changed()

    def changes(self) -> StreamingResponse:
        """The stream of one of them."""
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _stream(self) -> AsyncIterator[str]:
        """Begins with a change: between the page and its stream something may have come."""
        yield "retry: 1000\n\n"
        while not self._leaving:
            told = self._changes
            yield "data: changed\n\n"
            async with self._changed:
                while self._changes == told:
                    await self._changed.wait()
