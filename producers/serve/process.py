"""One process that serves a data folder: the engine, the public listener, the inner listener, from start to end."""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import structlog
from uvicorn.loops.auto import auto_loop_factory

from config.serve import inner, public
from config.settings import read
from producers.house import House, house
from producers.schedule.scheduler import Scheduler
from producers.serve.callbacks import CallBacks
from producers.serve.comments import Comments
from producers.serve.files import Files
from producers.serve.headers import inner_headers, public_headers
from producers.serve.inner import Inner
from producers.serve.lasting import keep_what_is_there
from producers.serve.listeners import Server, bind, bind_inner
from producers.serve.logs import set_up
from producers.serve.public import Public
from streams.embedded import hold_folder
from streams.engine import HANGS, works

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK = 0.01  # seconds between two looks whether a server listens
LISTEN = 0.5  # seconds between two looks whether the engine works

log = structlog.get_logger()


class EngineFailed(Exception):
    """The engine does not work any more; the process must be started anew."""


@dataclass(frozen=True)
class Running:
    """What is up, for whoever does something beside it until ``ending`` is set."""

    house: House
    ending: threading.Event


def serve(home: Path, *, ready: Callable[[Running], None], stopping: Callable[[], None], grace: float) -> bool:
    """Serve the data folder ``home`` until the process is told to end (SIGINT, SIGTERM).

    ``ready`` is called on a thread of its own once both listeners answer, ``stopping`` when the end begins. Sends
    under way get ``grace`` seconds, or until a second signal. False when that was not enough: the caller then ends
    the process as it is, and the next start recovers them.

    Raises ``SettingsError``, ``AlreadyRunning``, ``PortTaken``, ``NotLoopback``, ``BadHost``, ``NewerStore``,
    ``StoreUnavailable`` or ``TopicsDiffer``; then nothing was started. Raises ``EngineFailed`` when it broke later.
    """
    read(home)  # before anything is made there
    with ExitStack() as held:
        held.enter_context(hold_folder(home))
        opened = held.enter_context(house(home))
        set_up(opened.clock)
        settings = opened.configuration.installation
        sockets = (
            held.enter_context(bind(settings.host, settings.port)),
            held.enter_context(bind_inner(settings.inner_host, settings.inner_port)),
        )
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            ended = runner.run(_Process(opened, sockets, ready, stopping).run(grace))
        if not ended:
            held.pop_all()  # a thread still sends: nothing is closed under its feet
    log.info("stopped", ended=ended)
    return ended


class _Process:
    def __init__(
        self,
        opened: House,
        sockets: tuple[socket, socket],
        ready: Callable[[Running], None],
        stopping: Callable[[], None],
    ) -> None:
        self._house = opened
        self._sockets = sockets
        self._running = Running(opened, threading.Event())
        self._beside = threading.Thread(target=ready, args=(self._running,), name="beside", daemon=True)
        self._stopping = stopping
        self._engine = opened.engine()
        self._scheduler = Scheduler(opened)
        served = Public(Files(opened.configuration, opened.store, opened.clock), CallBacks(opened), Comments(opened))
        self._inner = Inner(opened, served, self._works)
        url = opened.configuration.public_url
        self._servers = (
            Server.of(served, public_headers(url), public().connections),
            Server.of(self._inner.app, inner_headers(), inner().connections),
        )

    async def run(self, grace: float) -> bool:
        """Start, serve, end; False when sends were still under way after ``grace`` seconds."""
        told, hurried = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, lambda: hurried.set() if told.is_set() else told.set())
        serving = [
            asyncio.create_task(server.serve([listening]))
            for server, listening in zip(self._servers, self._sockets, strict=True)
        ]
        looking = asyncio.create_task(self._inner.live.run())
        await self._listening(serving)
        self._house.store.on_commit(partial(call, loop, self._inner.live.stir))
        keep_what_is_there()
        try:
            await asyncio.to_thread(self._engine.start)
            await asyncio.to_thread(self._scheduler.start)
        except BaseException:
            await self._end([looking], serving)
            raise
        self._beside.start()
        log.info("started", public=self._address(0), inner=self._address(1))
        waiting = asyncio.create_task(told.wait())
        failing = asyncio.create_task(self._failing())
        await asyncio.wait([waiting, failing, looking, *serving], return_when=asyncio.FIRST_COMPLETED)
        failed = failing.done()  # now: an engine that is told to end is not alive either, and broke nothing
        self._stopping()
        self._running.ending.set()
        ended = await self._settled(self._scheduler.stop, hurried, grace)
        ended &= await self._settled(self._engine.stop, hurried, grace)
        ended &= await self._settled(self._joined, hurried, grace)
        await self._end([looking, waiting, failing], serving)
        if failed:
            raise EngineFailed
        return ended

    def _works(self) -> bool:
        return works(self._engine) and self._scheduler.still() < HANGS

    async def _failing(self) -> None:
        """Until the engine does not work any more."""
        while self._engine.is_alive():
            await asyncio.sleep(LISTEN)

    def _joined(self) -> bool:
        self._beside.join()
        return True

    async def _end(self, looking: "list[asyncio.Task[Any]]", serving: "list[asyncio.Task[None]]") -> None:
        """End the listeners and those that look."""
        await self._inner.live.end()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        for task in looking:
            task.cancel()
        await asyncio.wait(looking)

    async def _listening(self, serving: "list[asyncio.Task[None]]") -> None:
        while not all(server.started for server in self._servers):
            await asyncio.wait(serving, timeout=LOOK)
            for task in serving:
                if task.done():
                    task.result()

    async def _settled(self, act: Callable[[], bool], hurried: asyncio.Event, seconds: float) -> bool:
        """Whether ``act`` came to its end in time, and well. On a daemon thread: one that hangs holds up nobody."""
        done, well = asyncio.Event(), []
        loop = asyncio.get_running_loop()

        def run() -> None:
            well.append(act())
            call(loop, done.set)

        threading.Thread(target=run, daemon=True).start()
        waits = [asyncio.create_task(event.wait()) for event in (done, hurried)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return all(well) and done.is_set()

    def _address(self, which: int) -> str:
        host, port = self._sockets[which].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def call(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """Do ``act`` on the loop's thread, from another; nothing once the loop has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(act)
