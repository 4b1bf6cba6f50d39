"""HTTP/1.1 with limits to patience: whoever dawdles over a request, or takes nothing of the answer, is let go.

And with a limit to size: whoever sends more than a request has is let go too, before anything looks at it.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.serve import most_posted, most_request, patience

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Wire(HttpToolsProtocol):
    """uvicorn's protocol with two deadlines and a bound that it lacks (slow-loris, slow-read, endless heads)."""

    request_seconds = patience().request
    reading_seconds = patience().reading
    request_bytes = most_request()
    posted_bytes = most_posted()
    _deadline: asyncio.TimerHandle | None = None
    _taken = 0  # bytes of the request that is arriving
    _most = request_bytes  # that it may have

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect(self.request_seconds)

    def data_received(self, data: bytes) -> None:
        """Hand on as much as one request may have; what follows only when that one was complete."""
        while data and not self.transport.is_closing():
            room = self._most - self._taken
            if room <= 0:
                self._refuse()
                return
            piece, data = data[:room], data[room:]
            self._taken += len(piece)
            super().data_received(piece)

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # nothing of an answer is under way
            self.transport.write(TOO_LARGE)
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._expect(self.request_seconds)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.scope["method"] == "POST":
            self._most = self.request_bytes + self.posted_bytes

    def on_message_complete(self) -> None:
        self._relax()
        self._taken, self._most = 0, self.request_bytes
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
