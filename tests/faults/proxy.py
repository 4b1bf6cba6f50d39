"""A line between clients and a server that can be cut, slowed down, closed in one direction, or lose what is said."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass
class Proxy:
    """Listens on a port of its own and passes everything on to the port ``target``."""

    target: int
    delay: float = 0.0  # seconds before each piece is passed on
    loses: bool = False  # what clients say; what the server says arrives
    lines: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)  # to the client, to the server
    silent: set[socket.socket] = field(default_factory=set)  # servers whose end nobody is told of

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every line is gone at once; new ones are taken."""
        for line in self.lines:
            for end in line:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def half_close(self) -> None:
        """Nothing comes from the server any more on the lines that there are; they stay open."""
        for _, server in self.lines:
            self.silent.add(server)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RD)

    def finish(self) -> None:
        """The server's end (FIN) is told on the lines that there are, and no more: what the client says arrives."""
        for client, _ in self.lines:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End."""
        self._ending.set()
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # it only delays what it is told to
            self.lines.append((client, server))
            for source, sink in ((client, server), (server, client)):
                line = (source, sink, source is client)
                threading.Thread(target=self._pass_on, args=line, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, said: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(CHUNK):
                if said and self.loses:
                    continue
                self._ending.wait(self.delay)
                sink.sendall(piece)
            if source not in self.silent:
                sink.shutdown(socket.SHUT_WR)
