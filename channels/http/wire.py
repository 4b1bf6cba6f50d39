"""The connection itself: it goes to checked addresses only, and every read and write knows the deadline."""

import logging
import socket
import ssl
import time
from contextvars import ContextVar, Token
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from channels.base import Refused, TryAgain
from channels.http.addresses import forbidden
from channels.http.resolve import Resolver
from channels.http.rules import rules
from channels.http.target import Target
from config.messages import say

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

POOLS = 64  # origins whose connections are kept
KEPT = 8  # connections of one origin: what one lane has in flight


logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it quotes whole addresses, and those may hold keys


class HeadersTooLarge(Exception):
    """More came than the headers of an answer may have."""


class Exchange:
    """One request under way. The sockets of its thread find it in a context variable."""

    def __init__(self, target: Target, resolver: Resolver, *, allow_listed: bool, total: float, connect: float) -> None:
        start = time.monotonic()
        self.target = target
        self.left = False  # something of the request may have left this machine
        self.header_room: int | None = rules().most_headers  # None once they are read
        self._resolver = resolver
        self._allow_listed = allow_listed
        self._end = start + total
        self._connected_by = start + min(connect, total)
        self._token: Token[Exchange] | None = None

    def __enter__(self) -> Self:
        self._token = _under_way.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._token is not None:
            _under_way.reset(self._token)

    def remaining(self) -> float:
        """Seconds until the whole must be over. Raises ``TimeoutError`` when it is."""
        return _until(self._end)

    def begin(self) -> None:
        """Nothing is sent any more, raising ``TimeoutError``, where to begin took longer than a connection may take:
        the process stood still, and another may have sent what is newer.
        """
        _until(self._connected_by)

    def took(self, size: int) -> None:
        """Count ``size`` bytes of the answer; 0 is its end.

        Raises ``HeadersTooLarge``, and ``ConnectionAbortedError`` at an end before the headers are whole: to
        ``http.client`` that would be an answer.
        """
        if self.header_room is not None:
            if size == 0:
                raise ConnectionAbortedError
            self.header_room -= size
            if self.header_room < 0:
                raise HeadersTooLarge

    def dial(self, host: str, port: int) -> "TimedSocket":
        """A connection to ``host``, to an address of it that was checked just now.

        Raises ``Refused`` (final) when any address of the name is forbidden, ``TryAgain`` when none answers.
        """
        if (host, port) != (self.target.host, self.target.port):
            raise AssertionError("a connection to another host than the one that was checked")
        addresses = (host,) if self.target.literal else self._looked_up(host, port)
        for address in addresses:
            if rule := forbidden(address, allow_listed=self._allow_listed):
                raise Refused(say("http.forbidden_address", host=host, address=address, source=rule), final=True)
        cause = TryAgain(say("http.dns", host=host))
        for number, address in enumerate(addresses):
            try:
                remaining = _until(self._connected_by)
                return self._connected(address, port, remaining / (len(addresses) - number))
            except TimeoutError:
                cause = TryAgain(say("http.connect_slow", host=host), throttled=True)
            except ConnectionRefusedError:
                cause = TryAgain(say("http.connection_refused", host=host))
            except OSError:
                cause = TryAgain(say("http.unreachable", host=host))
        raise cause

    def _looked_up(self, host: str, port: int) -> tuple[str, ...]:
        try:
            return tuple(self._resolver.addresses(host, port, _until(self._connected_by)))
        except TimeoutError:
            raise TryAgain(say("http.dns_slow", host=host), throttled=True) from None
        except (OSError, UnicodeError):
            raise TryAgain(say("http.dns", host=host)) from None

    def _connected(self, address: str, port: int, seconds: float) -> "TimedSocket":
        made = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(seconds)
            made.connect((address, port))
            made.settimeout(_until(self._connected_by))  # a TLS handshake takes it as the limit for the whole of it
        except BaseException:
            made.close()
            raise
        return made


_under_way: ContextVar[Exchange] = ContextVar("exchange")


def _until(end: float) -> float:
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


class TimedSocket(socket.socket):
    """A socket whose every read and write may last until the end of the exchange under way, and no longer."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        exchange = _under_way.get()
        self.settimeout(exchange.remaining())
        size = super().recv_into(buffer, nbytes, flags)
        exchange.took(size)
        return size

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        exchange = _under_way.get()
        self.settimeout(exchange.remaining())
        exchange.left = True
        super().sendall(data, flags)


class TimedSSLSocket(ssl.SSLSocket):
    """The same, over TLS."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        exchange = _under_way.get()
        self.settimeout(exchange.remaining())
        size = super().recv_into(buffer, nbytes, flags)
        exchange.took(size)
        return size

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:  # sendall is a loop over it
        exchange = _under_way.get()
        self.settimeout(exchange.remaining())
        exchange.left = True
        return super().send(data, flags)


class _Kept(HTTPConnection):
    """What the connections of both schemes have in common: where they go, and how long they may be used again."""

    _made = 0.0
    _used = 0.0
    _gathered: bytearray | None = None  # of the request that is being written

    def _new_conn(self) -> socket.socket:
        self._made = time.monotonic()
        return _under_way.get().dial(self.host, self.port)

    @property
    def is_connected(self) -> bool:
        """Whether the next request may use it: asked before each."""
        now = time.monotonic()
        fresh = now - self._used < rules().idle and now - self._made < rules().age
        return fresh and super().is_connected

    def request(self, *args: Any, **named: Any) -> None:
        """Send it in one go. A process that is stopped amid two pieces would end the request when it goes on, and the
        other side would have it after all that others sent meanwhile.
        """
        self._gathered = gathered = bytearray()
        try:
            super().request(*args, **named)
        finally:
            self._gathered = None
        if self.sock is None:
            self.connect()
        _under_way.get().begin()
        self.send(gathered)

    def send(self, data: Any) -> None:
        if self._gathered is None:
            super().send(data)
        else:
            self._gathered += data

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself has it
        answer = super().getresponse()
        self._used = time.monotonic()
        _under_way.get().header_room = None
        return answer


class PlainConnection(_Kept):
    """http, for what is on the allow-list."""


class TlsConnection(_Kept, HTTPSConnection):
    """https: the certificate must be valid for the name."""


class PlainPool(HTTPConnectionPool):
    """Connections to one http origin."""

    ConnectionCls = PlainConnection


class TlsPool(HTTPSConnectionPool):
    """Connections to one https origin."""

    ConnectionCls = TlsConnection


@cache
def tls(trust: Path | None) -> ssl.SSLContext:
    """What every TLS connection of this process keeps to; made when the first one needs it.

    To read the public authorities takes 45 ms of the processor, and most commands speak to nobody.
    """
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = TimedSSLSocket
    if trust is not None:
        context.load_verify_locations(trust)
    return context


class GuardedAdapter(HTTPAdapter):
    """Hands every request a connection to the target that was checked, past proxies and whatever the URL may say."""

    def __init__(self, trust: Path | None = None) -> None:
        self._trust = trust
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_: Any, **__: Any) -> None:
        """Pools of our own connections."""
        self.poolmanager = PoolManager(num_pools=POOLS, maxsize=KEPT)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    def get_connection_with_tls_context(self, request: PreparedRequest, *_: Any, **__: Any) -> HTTPConnectionPool:
        """The pool of the target under way, under our own rules of TLS."""
        target = _under_way.get().target
        kept_to = {"ssl_context": tls(self._trust)} if target.scheme == "https" else None
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
            target.host, target.port, target.scheme, pool_kwargs=kept_to
        )
        return pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Nothing: what is trusted stands in the one context."""
