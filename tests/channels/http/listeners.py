"""Servers on loopback that say, byte by byte, what a test wants, and count who came."""

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Seen:
    """What a listener has seen so far."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    done: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # one release a connection

    def pause(self) -> bool:
        """Wait for the space between two bytes of a dripping server; True when it is time to end."""
        return self.closing.wait(0.05)


Handler = Callable[[socket.socket, Seen], None]


def read_request(connection: socket.socket, seen: Seen) -> bytes:
    """One whole request; empty when the other side closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65_536)
    seen.requests.append(head + b"\r\n\r\n" + body)
    return seen.requests[-1]


def answering(*pieces: bytes, keep: bool = False) -> Handler:
    """Reads a request, says ``pieces`` and closes (or goes on, with ``keep``)."""

    def handle(connection: socket.socket, seen: Seen) -> None:
        while read_request(connection, seen):
            for piece in pieces:
                connection.sendall(piece)
            if not keep:
                return

    return handle


def dripping(before: bytes, drip: bytes) -> Handler:
    """Reads a request, says ``before``, then ``drip`` for ever, one byte at a time."""

    def handle(connection: socket.socket, seen: Seen) -> None:
        read_request(connection, seen)
        connection.sendall(before)
        drop_by_drop(connection, seen, drip)

    return handle


def drop_by_drop(connection: socket.socket, seen: Seen, drip: bytes) -> None:
    """``drip`` for ever, one byte at a time, until the test ends or the other side goes."""
    while True:
        for number in range(len(drip)):
            connection.sendall(drip[number : number + 1])
            if seen.pause():
                return


def flooding(before: bytes, flood: bytes) -> Handler:
    """Reads a request, says ``before``, then ``flood`` for ever, as fast as it goes."""

    def handle(connection: socket.socket, seen: Seen) -> None:
        read_request(connection, seen)
        connection.sendall(before)
        while not seen.closing.is_set():
            connection.sendall(flood)

    return handle


def silent(connection: socket.socket, seen: Seen) -> None:
    """Takes the connection and says nothing."""
    seen.closing.wait()


def reset(connection: socket.socket) -> None:
    """End the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def behind_tls(handler: Handler, context: ssl.SSLContext) -> Handler:
    """``handler`` after a TLS handshake as server."""

    def handle(connection: socket.socket, seen: Seen) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            handler(secured, seen)

    return handle


@contextmanager
def listening(handler: Handler, *, host: str = "127.0.0.1") -> Iterator[Seen]:
    """A listener on a free port of ``host``, each connection in a thread of its own, all ended at exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        seen = Seen(server.getsockname()[1])
        threads: list[threading.Thread] = []

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                handler(connection, seen)
            seen.done.release()

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    seen.connections += 1
                    threads.append(threading.Thread(target=serve, args=(connection,)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield seen
        finally:
            seen.closing.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()
