"""A town (``tests.journeys.town``) behind both listeners, on real sockets, and how tests knock there."""

import asyncio
import http.client
import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.clock import DrivenClock
from config.serve import inner
from producers.serve.callbacks import CallBacks
from producers.serve.comments import Comments
from producers.serve.files import Files
from producers.serve.headers import inner_headers
from producers.serve.inner import Inner
from producers.serve.listeners import Server, bind_inner
from producers.serve.process import call
from producers.serve.public import Public
from tests.journeys.town import Outlet, Town, opened, prepared

OUTLETS = [Outlet("site", "website"), Outlet("feeds", "feed"), Outlet("ybj-site", "website", "ybj")]


@dataclass(frozen=True)
class Answer:
    """What a listener answered."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def ask(origin: str, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request on a connection of its own; ``path`` goes out as it is, header names with ``_`` for ``-``."""
    parts = urlsplit(origin)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    line.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders()
    answer = line.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    line.close()
    return found


@contextmanager
def behind(town: Town, works: Callable[[], bool] = lambda: True) -> Iterator[tuple[str, Inner]]:
    """The inner listener of ``town``: its origin, and the application."""
    here = town.house
    served = Public(Files(here.configuration, here.store, here.clock), CallBacks(here), Comments(here))
    app = Inner(here, served, works)
    server = Server.of(app.app, inner_headers(), inner().connections)
    loops: queue.SimpleQueue[asyncio.AbstractEventLoop] = queue.SimpleQueue()
    with bind_inner("127.0.0.1", 0) as listening:

        async def run() -> None:
            loops.put(asyncio.get_running_loop())
            looking = asyncio.create_task(app.live.run())
            await server.serve([listening])
            looking.cancel()
            await asyncio.wait([looking])

        async def end() -> None:
            await app.live.end()
            server.should_exit = True

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        loop = loops.get(timeout=10)
        here.store.on_commit(partial(call, loop, app.live.stir))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
        finally:
            asyncio.run_coroutine_threadsafe(end(), loop).result(10)
            thread.join()


@contextmanager
def away(town: Town, table: str) -> Iterator[None]:
    """The store fails whoever reads ``table``, from beneath."""
    with sqlite3.connect(town.house.home / "gongkai.sqlite", isolation_level=None) as beneath:
        beneath.execute(f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            beneath.execute(f"ALTER TABLE away RENAME TO {table}")
    beneath.close()


@contextmanager
def empty(folder: Path) -> Iterator[Town]:
    """Two offices with a site each, the first with feeds; nothing is published."""
    with prepared(folder / "home", DrivenClock(), OUTLETS) as ground, opened(ground) as here:
        yield here


@dataclass
class Stream:
    """A page that listens."""

    answer: http.client.HTTPResponse

    def next(self, name: str) -> Any:
        """The data of the next event called ``name``; others are passed over. Raises ``EOFError`` at the end."""
        for lines in iter(self._event, []):
            if f"event: {name}" in lines:
                return json.loads(next(line for line in lines if line.startswith("data: "))[6:])
        raise EOFError

    def _event(self) -> list[str]:
        lines: list[str] = []
        while (line := self.answer.readline().decode().strip()) or not lines:
            if not line:
                return []
            lines.append(line)
        return lines


@contextmanager
def listening(origin: str, path: str = "/live") -> Iterator[Stream]:
    """A page that listens at ``path``; nothing may keep it waiting for 20 s."""
    parts = urlsplit(origin)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    line.request("GET", path)
    answer = line.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    yield Stream(answer)
    line.close()
