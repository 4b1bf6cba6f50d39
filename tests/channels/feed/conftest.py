"""A feed endpoint with a web server of its own before its files."""

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import Accepted, Answer, Delivered, Tools
from channels.feed import Channel, FeedOptions
from channels.files import PUBLIC
from channels.http import AllowEntry, Guarded
from config.clock import DrivenClock
from notices.notice import Message
from tests.factories import RELEASED, work


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves files and keeps quiet."""

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Outlet:
    """The endpoint under test; its channel and where its files are."""

    channel: Channel
    clock: DrivenClock

    @property
    def public(self) -> Path:
        return self.channel.tools.place / PUBLIC / "feeds"

    def with_options(self, **options: Any) -> "Outlet":
        return replace(self, channel=Channel(FeedOptions(**options), self.channel.tools))

    def write(self, message: Message, at: datetime = RELEASED, first: datetime | None = None) -> Answer:
        """Render and do the first step only."""
        rendition = self.channel.render(message)
        todo = work(message, rendition, released_at=at, first_released_at=first or at)
        assert self.channel.next_step(todo) == "write"
        return self.channel.send("write", todo)

    def publish(self, message: Message, at: datetime = RELEASED, first: datetime | None = None) -> Delivered:
        """Render and do every step; the last answer."""
        rendition = self.channel.render(message)
        scratch: dict[str, Any] = {}
        for _ in range(3):
            todo = work(message, rendition, released_at=at, first_released_at=first or at, scratch=scratch)
            step = self.channel.next_step(todo)
            assert step is not None
            answer = self.channel.send(step, todo)
            if isinstance(answer, Delivered):
                return answer
            assert isinstance(answer, Accepted)
            scratch |= answer.scratch
        raise AssertionError(f"not delivered: {answer}")


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[Outlet]:
    (tmp_path / PUBLIC).mkdir()
    handler = functools.partial(Server, directory=str(tmp_path / PUBLIC))
    clock = DrivenClock()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        origin = f"http://127.0.0.1:{server.server_port}"
        guarded = Guarded(clock=clock, allow=[AllowEntry(origin=origin, owner="测试")])
        tools = Tools(
            clock=clock,
            http=guarded,
            smtp=None,  # type: ignore[arg-type]  # a feed sends no mail
            blobs=None,  # type: ignore[arg-type]  # a feed keeps what it needs on its shelf
            shared=None,  # type: ignore[arg-type]  # … and shares nothing
            place=tmp_path,
            public_url=origin,
            secret=lambda name: name,
        )
        yield Outlet(Channel(FeedOptions(authority="gongkai.example"), tools), clock)
        guarded.close()
        server.shutdown()
        thread.join()
