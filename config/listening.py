"""Sockets that servers listen on."""

import socket


def listening(host: str, port: int, *, backlog: int | None = None) -> socket.socket:
    """A TCP socket that listens; ``port`` 0 is any free one. Raises ``OSError``.

    What is written to its connections goes out at once. asyncio sees to that only for sockets that were made with the
    number of the protocol, and ``socket.create_server`` makes them without: the body of an answer, written after its
    head, then waits for the client to acknowledge the head, which clients put off for 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=backlog)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections have it from it
    return made
