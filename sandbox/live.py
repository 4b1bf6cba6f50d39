"""Server-sent events for whoever looks at a page: one at each change."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse


class Live:
    """Those who look at one thing."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._leaving = False

    async def say_changed(self) -> None:
        """Wake them up."""
        async with self._changed:
            self._changed.notify_all()

    async def leave(self) -> None:
        """End their streams: the server is about to stop."""
        self._leaving = True
        await self.say_changed()

    def changes(self) -> StreamingResponse:
        """The stream of one of them."""
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _stream(self) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        while not self._leaving:
            async with self._changed:
                await self._changed.wait()
            yield "data: changed\n\n"
