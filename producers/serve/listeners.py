"""Sockets, and the two HTTP servers behind them."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from config.listening import listening
from config.serve import patience
from producers.serve.headers import Headers
from producers.serve.wire import Wire

GRACE = 2  # seconds that answers under way get when the server stops


class PortTaken(Exception):
    """Another program listens on ``port``."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


class NotLoopback(Exception):
    """The inner listener was to be reached from elsewhere, and nobody can sign in yet."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class BadHost(Exception):
    """``host`` is no address of this machine."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ``PortTaken`` or ``BadHost``."""
    try:
        return listening(host, port, backlog=1024)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(port) from None
        raise BadHost(host) from error


def bind_inner(host: str, port: int) -> socket.socket:
    """The inner listener's socket. Raises ``NotLoopback`` besides what ``bind`` raises."""
    if not is_loopback(host):
        raise NotLoopback(host)
    return bind(host, port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``: an address of the loopback network, or ``localhost``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it: there are two of them in this process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @classmethod
    def of(cls, app: ASGIApp, headers: Headers, connections: int, *, wire: type[Wire] = Wire) -> "Server":
        """A server of ``app`` that puts ``headers`` on every answer, its own refusals included."""
        return cls(
            uvicorn.Config(
                app,
                http=wire,
                lifespan="off",
                ws="none",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                headers=headers,
                limit_concurrency=connections,
                timeout_keep_alive=int(patience().idle),
                timeout_graceful_shutdown=GRACE,
                proxy_headers=False,
            )
        )
