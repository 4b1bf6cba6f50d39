"""The deadline holds as wall time, whatever drips; memory is bounded, whatever floods."""

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from channels.base import HttpAnswer, TryAgain, Unsure
from channels.http import AllowEntry, Guarded
from channels.http.wire import PlainConnection, TlsConnection
from config.clock import SystemClock
from tests.channels.http.conftest import NAME, Certificates
from tests.channels.http.listeners import (
    OK,
    Handler,
    Seen,
    answering,
    behind_tls,
    dripping,
    drop_by_drop,
    flooding,
    listening,
    silent,
)

TOTAL = 0.5
CONNECT = 0.2
SLACK = 0.5  # a busy machine's; a drip a byte would go on for ever


def client(port: int, certificates: Certificates | None = None, connect: float = TOTAL) -> Guarded:
    """Reaches one origin on loopback, in short deadlines: over TLS when there are certificates."""
    return Guarded(
        clock=SystemClock(),
        allow=(AllowEntry(f"https://{NAME}:{port}" if certificates else f"http://127.0.0.1:{port}", "测试"),),
        total=TOTAL,
        connect=connect,
        look_up=lambda host, port: ("127.0.0.1",),
        trust=certificates.trust if certificates else None,
    )


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is inside ends by then."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds + SLACK


def drip_handshake(connection: socket.socket, seen: Seen) -> None:
    """Answers a TLS hello with an endless handshake record, one byte at a time."""
    connection.recv(65_536)
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    drop_by_drop(connection, seen, b"\x00")


HALF_DONE: dict[str, Handler] = {
    "nothing": silent,
    "status line": dripping(b"HTTP/1.1 2", b"0"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n"),
    "one header": dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"v"),
    "body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "body without length": dripping(b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
    "chunk sizes": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk extension": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"e"),
    "trailers": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: v\r\n"),
    "continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "gzip": dripping(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", b"\x00"),
}


@pytest.mark.parametrize("what", HALF_DONE)
def test_an_answer_that_drips_ends_at_the_deadline_and_leaves_it_open(what: str) -> None:
    with listening(HALF_DONE[what]) as partner:
        with within(TOTAL), pytest.raises(Unsure, match=r"没有在 0\.5 秒内答完"):
            client(partner.port).request("POST", f"http://127.0.0.1:{partner.port}/", body=b"x")
        assert partner.connections == 1, "it was sent again"


@pytest.mark.parametrize("what", ["nothing", "headers", "body"])
def test_the_same_over_tls(what: str, certificates: Certificates) -> None:
    with (
        listening(behind_tls(HALF_DONE[what], certificates.good)) as partner,
        within(TOTAL),
        pytest.raises(Unsure, match="答完"),
    ):
        client(partner.port, certificates).request("POST", f"https://{NAME}:{partner.port}/", body=b"x")


@pytest.mark.parametrize("handler", [drip_handshake, silent])
def test_a_handshake_that_drips_ends_at_the_connect_deadline_and_nothing_has_left(
    handler: Handler, certificates: Certificates
) -> None:
    with listening(handler) as partner:
        guarded = client(partner.port, certificates, connect=CONNECT)
        with within(CONNECT), pytest.raises(TryAgain) as failed:
            guarded.request("POST", f"https://{NAME}:{partner.port}/", body=b"x")
        assert failed.value.throttled


@pytest.mark.parametrize("tls", [False, True])
def test_what_stood_still_before_it_began_sends_nothing_any_more(
    tls: bool, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped by a signal, or by its machine: another may have sent what is newer."""
    kind = TlsConnection if tls else PlainConnection
    connects = kind.connect

    def stands_still(self: Any) -> None:
        connects(self)
        threading.Event().wait(1.5 * CONNECT)

    monkeypatch.setattr(kind, "connect", stands_still)
    handler = behind_tls(answering(OK), certificates.good) if tls else answering(OK)
    with listening(handler) as partner:
        guarded = client(partner.port, certificates if tls else None, connect=CONNECT)
        with pytest.raises(TryAgain):
            guarded.request("POST", f"https://{NAME}:{partner.port}/" if tls else f"http://127.0.0.1:{partner.port}/")
        guarded.close()
    assert partner.requests == []


def test_a_look_up_that_hangs_ends_at_the_connect_deadline_and_is_not_asked_twice() -> None:
    over, asked = threading.Event(), []

    def look_up(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        over.wait()
        return ("127.0.0.1",)

    guarded = Guarded(clock=SystemClock(), total=TOTAL, connect=CONNECT, look_up=look_up)
    try:
        with within(2 * CONNECT):
            for _ in range(2):
                with pytest.raises(TryAgain, match="查询"):
                    guarded.request("POST", "https://partner.example.org/")
        assert asked == ["partner.example.org"]
    finally:
        over.set()


def test_an_address_that_swallows_the_connection_ends_at_the_connect_deadline() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = server.getsockname()[1]
        for _ in range(4):  # fill the queue of a server that accepts nobody
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with within(CONNECT), pytest.raises(TryAgain) as failed:
            client(port, connect=CONNECT).request("POST", f"http://127.0.0.1:{port}/", body=b"x")
        assert failed.value.throttled


def test_a_server_that_does_not_read_ends_at_the_deadline() -> None:
    with listening(silent) as partner, within(TOTAL), pytest.raises(Unsure, match="答完"):
        client(partner.port).request("POST", f"http://127.0.0.1:{partner.port}/", body=bytes(20_000_000))


FLOODS: dict[str, tuple[Handler, bool]] = {
    "body": (flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536), True),
    "a body of a terabyte": (
        flooding(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n", b"x" * 65_536),
        True,
    ),
    "chunks": (flooding(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 9_000), True),
    "one chunk": (flooding(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"x" * 65_536), True),
    "headers": (flooding(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 900), False),
    "one header": (flooding(b"HTTP/1.1 200 OK\r\nX-Header: ", b"v" * 65_536), False),
    "status line": (flooding(b"HTTP/1.1 200 ", b"O" * 65_536), False),
    "continue": (flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 900), False),
}


@pytest.mark.parametrize("what", FLOODS)
def test_an_answer_without_end_takes_little_memory(what: str) -> None:
    handler, has_body = FLOODS[what]
    with listening(handler) as partner:
        guarded = client(partner.port)
        tracemalloc.start()
        try:
            if has_body:
                answer = guarded.request("GET", f"http://127.0.0.1:{partner.port}/", limit=16_384)
                assert (len(answer.body), answer.truncated) == (16_384, True)
            else:
                with pytest.raises(Unsure):
                    guarded.request("GET", f"http://127.0.0.1:{partner.port}/")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2_000_000
        assert partner.done.acquire(timeout=5), "the connection was left open"


def test_an_answer_that_claims_to_be_compressed_is_not_unpacked() -> None:
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    with listening(answering(bomb)) as partner:
        answer = client(partner.port).request("GET", f"http://127.0.0.1:{partner.port}/")
        assert answer == HttpAnswer(200, answer.headers, b"\x1f\x8b\x08\x00")
        assert b"Accept-Encoding: identity" in partner.requests[0]


def test_the_bounds_are_exact() -> None:
    with listening(answering(OK, keep=True)) as partner:
        guarded = client(partner.port)
        url = f"http://127.0.0.1:{partner.port}/"
        assert guarded.request("GET", url, limit=2).truncated is False
        cut = guarded.request("GET", url, limit=1)
        assert (cut.body, cut.truncated) == (b"o", True)
        assert guarded.request("GET", url, limit=0).body == b""
        guarded.close()
