"""HTTP/1.1 with limits to patience: whoever dawdles over a request, or takes nothing of the answer, is let go."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.serve import patience


class Wire(HttpToolsProtocol):
    """uvicorn's protocol with two deadlines it lacks (against slow-loris and slow-read)."""

    request_seconds = patience().request
    reading_seconds = patience().reading
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect(self.request_seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._expect(self.request_seconds)

    def on_message_complete(self) -> None:
        self._relax()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect(self.reading_seconds)

    def resume_writing(self) -> None:
        self._relax()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def _expect(self, seconds: float) -> None:
        self._relax()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
