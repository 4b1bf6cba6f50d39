"""The public listener of a town, as ``gongkai up`` has it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from config.serve import public
from producers.house import House
from producers.serve.callbacks import CallBacks
from producers.serve.comments import Comments
from producers.serve.files import Files
from producers.serve.headers import public_headers
from producers.serve.listeners import Server
from producers.serve.public import Public


class _Quick(Server):
    """Ends at once: uvicorn looks ten times a second whether it should, and then lets a tenth pass for its clients."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for open_ in (*self.servers, *(sockets or ())):
            open_.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await asyncio.sleep(0)  # they are gone


@contextmanager
def served(here: House, listening: socket.socket) -> Iterator[None]:
    """The public listener before the outlets' files, as ``gongkai up`` has it."""
    app = Public(Files(here.configuration, here.store, here.clock), CallBacks(here), Comments(here))
    server = _Quick.of(app, public_headers(here.configuration.public_url), public().connections)
    thread = threading.Thread(target=server.run, args=([listening.dup()],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
