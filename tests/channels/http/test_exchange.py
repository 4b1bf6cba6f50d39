"""What goes out, what comes back, and which failure is which."""

import socket
import threading
import traceback
from dataclasses import replace
from http.client import responses
from pathlib import Path
from typing import Any

import pytest

from channels.base import Refused, TryAgain, Unsure
from channels.http import AllowEntry, Guarded, wire
from channels.http.rules import rules
from config.clock import SystemClock
from tests.channels.http.conftest import NAME, Certificates
from tests.channels.http.listeners import (
    OK,
    Handler,
    Seen,
    answering,
    behind_tls,
    listening,
    read_request,
    reset,
    silent,
)


def client(origin: str, trust: Path | None = None, total: float = 5) -> Guarded:
    """Reaches one origin on loopback."""
    return Guarded(
        clock=SystemClock(),
        allow=(AllowEntry(origin, "测试"),),
        total=total,
        look_up=lambda host, port: ("127.0.0.1",),
        trust=trust,
    )


def test_what_goes_out_and_what_comes_back() -> None:
    headers = b"Content-Length: 6\r\nX-Twice: a\r\nX-Twice: b\r\nSet-Cookie: a=b\r\n\r\n"
    said = b"HTTP/1.1 201 Created\r\n" + headers + "好的".encode()
    with listening(answering(said, keep=True)) as partner:
        guarded = client(f"http://127.0.0.1:{partner.port}")
        url = f"http://127.0.0.1:{partner.port}/通知?a=1&b=%20"
        answer = guarded.request("PUT", url, headers={"X-Own": "y"}, body="内容".encode())
        assert (answer.status, answer.body.decode(), answer.truncated) == (201, "好的", False)
        assert answer.headers["x-twice"] == "a, b"
        guarded.request("GET", url)
        guarded.close()
    head, _, body = partner.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "PUT /%E9%80%9A%E7%9F%A5?a=1&b=%20 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{partner.port}", "User-Agent: Gongkai", "X-Own: y", "Content-Length: 6"} <= set(lines)
    assert body.decode() == "内容"
    assert b"ookie" not in partner.requests[1]


@pytest.mark.parametrize("tls", [False, True])
def test_a_request_leaves_in_one_piece(tls: bool, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopped amid two would end it when he goes on, behind what others sent meanwhile."""
    kind, name = (wire.TimedSSLSocket, "send") if tls else (wire.TimedSocket, "sendall")
    sends, pieces = getattr(kind, name), []

    def counted(self: Any, data: bytes, flags: int = 0) -> Any:
        pieces.append(len(data))
        return sends(self, data, flags)

    monkeypatch.setattr(kind, name, counted)
    handler = behind_tls(answering(OK), certificates.good) if tls else answering(OK)
    with listening(handler) as partner:
        origin = f"https://{NAME}:{partner.port}" if tls else f"http://127.0.0.1:{partner.port}"
        guarded = client(origin, certificates.trust if tls else None)
        assert guarded.request("POST", f"{origin}/", body=b"x" * 10_000).status == 200
        guarded.close()
    assert pieces == [len(partner.requests[0])]
    assert pieces[0] > 10_000


def test_the_authorities_are_read_when_tls_is_first_spoken_and_once(certificates: Certificates) -> None:
    wire.tls.cache_clear()
    with listening(answering(OK)) as plain:
        client(origin := f"http://127.0.0.1:{plain.port}").request("GET", f"{origin}/")
    assert wire.tls.cache_info().misses == 0
    with listening(behind_tls(answering(OK), certificates.good)) as partner:
        for _ in range(2):
            guarded = client(origin := f"https://{NAME}:{partner.port}", certificates.trust)
            assert guarded.request("GET", f"{origin}/").status == 200
            guarded.close()
    assert wire.tls.cache_info().misses == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_a_redirect_is_an_answer_and_never_followed(status: int) -> None:
    with listening(answering(OK)) as inside:
        there = f"http://127.0.0.1:{inside.port}/".encode()
        said = b"HTTP/1.1 %d %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
        with listening(answering(said % (status, responses[status].encode(), there))) as partner:
            origin = f"http://127.0.0.1:{partner.port}"
            guarded = Guarded(
                clock=SystemClock(),
                allow=(AllowEntry(origin, "测试"), AllowEntry(f"http://127.0.0.1:{inside.port}", "测试")),
            )
            assert guarded.request("POST", f"{origin}/", body=b"x").status == status
        assert inside.connections == 0


def test_proxies_and_password_files_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password canary\n")
    netrc.chmod(0o600)
    with listening(answering(OK)) as proxy, listening(answering(OK)) as partner:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("NETRC", str(netrc))
        guarded = client(f"http://127.0.0.1:{partner.port}")
        assert guarded.request("POST", f"http://127.0.0.1:{partner.port}/", body=b"x").status == 200
        assert (proxy.connections, partner.connections) == (0, 1)
        assert b"uthorization" not in partner.requests[0]


# -- which failure is which -------------------------------------------------------------------------


def rst_after_request(connection: socket.socket, seen: Seen) -> None:
    read_request(connection, seen)
    reset(connection)


def rst_in_body(connection: socket.socket, seen: Seen) -> None:
    read_request(connection, seen)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    reset(connection)


def rst_in_request(connection: socket.socket, seen: Seen) -> None:
    connection.recv(1)
    reset(connection)


MAYBE_TAKEN: dict[str, Handler] = {
    "closed without an answer": answering(b""),
    "reset without an answer": rst_after_request,
    "reset in the body": rst_in_body,
    "reset in the request": rst_in_request,
    "body too short": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    "chunk too short": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"),
    "chunk size is no number": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n"),
    "cut in a header": answering(b"HTTP/1.1 200 OK\r\nX-He"),
    "cut after a header": answering(b"HTTP/1.1 200 OK\r\nX-Header: value\r\n"),
    "cut after the status": answering(b"HTTP/1.1 200 OK\r\n"),
    "not HTTP": answering(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "status is no number": answering(b"HTTP/1.1 abc OK\r\n\r\n"),
    "too many headers": answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
}


@pytest.mark.parametrize("what", MAYBE_TAKEN)
def test_after_the_request_left_a_missing_answer_is_unsure(what: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with listening(MAYBE_TAKEN[what]) as partner:
        origin = f"http://127.0.0.1:{partner.port}"
        with pytest.raises(Unsure, match=r"中断|不是 HTTP") as failed:
            client(origin).request("POST", f"{origin}/hooks/canary-path?key=canary-query", body=b"canary-body")
        assert partner.connections == 1, "it was sent again"
        assert_no_secret(failed.value)
        assert "canary" not in caplog.text


def test_a_closed_port_is_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TryAgain, match="拒绝") as failed:
        client(f"http://127.0.0.1:{port}").request("POST", f"http://127.0.0.1:{port}/canary?canary", body=b"x")
    assert not failed.value.throttled
    assert_no_secret(failed.value)


def test_a_name_nobody_knows_is_try_again() -> None:
    def look_up(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    for answer in (look_up, lambda host, port: ()):
        with pytest.raises(TryAgain, match="查不到") as failed:
            Guarded(clock=SystemClock(), look_up=answer).request("POST", "https://partner.example.org/canary?canary")
        assert_no_secret(failed.value)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with listening(answering(OK)) as partner:
        guarded = Guarded(
            clock=SystemClock(),
            allow=(AllowEntry(f"http://partner.example.org:{partner.port}", "测试"),),
            look_up=lambda host, port: ("127.0.0.9", "127.0.0.1"),
        )
        assert guarded.request("POST", f"http://partner.example.org:{partner.port}/").status == 200


def test_a_request_that_is_too_large_is_refused_before_anything_happens() -> None:
    with listening(answering(OK)) as partner:
        origin = f"http://127.0.0.1:{partner.port}"
        with pytest.raises(Refused) as refused:
            client(origin).request("POST", f"{origin}/canary?canary", body=bytes(rules().most_request + 1))
        assert refused.value.final
        assert partner.connections == 0
        assert_no_secret(refused.value)


def assert_no_secret(error: BaseException) -> None:
    """Nothing of the address but the host, in no form the error may be written down in."""
    shown = f"{error} {error!r} " + "".join(traceback.format_exception(error)).partition("Traceback")[0]
    assert "canary" not in shown
    assert error.__suppress_context__ or error.__context__ is None


# -- TLS --------------------------------------------------------------------------------------------


def test_the_certificate_is_checked_by_name_and_the_name_is_sent(certificates: Certificates) -> None:
    asked: list[str | None] = []
    certificates.good.sni_callback = lambda made, name, context: asked.append(name)
    with listening(behind_tls(answering(OK), certificates.good)) as partner:
        origin = f"https://{NAME}:{partner.port}"
        assert client(origin, certificates.trust).request("POST", f"{origin}/", body=b"x").status == 200
    assert asked == [NAME]
    assert f"Host: {NAME}:{partner.port}".encode() in partner.requests[0]


@pytest.mark.parametrize("which", ["other_name", "nobody"])
def test_a_certificate_that_is_not_theirs_ends_it_before_anything_left(which: str, certificates: Certificates) -> None:
    with listening(behind_tls(answering(OK), getattr(certificates, which))) as partner:
        origin = f"https://{NAME}:{partner.port}"
        with pytest.raises(TryAgain, match="证书") as failed:
            client(origin, certificates.trust).request("POST", f"{origin}/canary?canary", body=b"x")
        assert partner.requests == []
        assert_no_secret(failed.value)


def test_old_tls_is_not_spoken(certificates: Certificates) -> None:
    with listening(behind_tls(answering(OK), certificates.old)) as partner:
        origin = f"https://{NAME}:{partner.port}"
        with pytest.raises(TryAgain, match="加密"):
            client(origin, certificates.trust).request("POST", f"{origin}/")


def test_plain_text_behind_https_is_a_tls_failure(certificates: Certificates) -> None:
    def answer_in_plain(connection: socket.socket, seen: Seen) -> None:
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        silent(connection, seen)

    with listening(answer_in_plain) as partner:
        origin = f"https://{NAME}:{partner.port}"
        with pytest.raises(TryAgain, match="加密"):
            client(origin, certificates.trust).request("POST", f"{origin}/")


# -- connections used again -------------------------------------------------------------------------


def test_a_connection_is_kept_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answering(OK, keep=True)) as partner:
        origin = f"http://127.0.0.1:{partner.port}"
        guarded = client(origin)
        for _ in range(5):
            guarded.request("POST", f"{origin}/", body=b"x")
        assert partner.connections == 1
        monkeypatch.setattr(wire, "rules", lambda: replace(rules(), idle=0))
        guarded.request("POST", f"{origin}/", body=b"x")
        assert partner.connections == 2
        monkeypatch.setattr(wire, "rules", lambda: replace(rules(), age=0))
        guarded.request("POST", f"{origin}/", body=b"x")
        assert partner.connections == 3
        guarded.close()


def test_a_kept_connection_that_the_server_closed_is_not_used_again() -> None:
    with listening(answering(OK)) as partner:  # says keep-alive and closes
        origin = f"http://127.0.0.1:{partner.port}"
        guarded = client(origin)
        for number in range(1, 4):
            assert guarded.request("POST", f"{origin}/", body=b"x").status == 200
            assert partner.done.acquire(timeout=5)
            assert partner.connections == number


def test_many_threads_each_get_their_own_answer() -> None:
    def echo(connection: socket.socket, seen: Seen) -> None:
        while request := read_request(connection, seen):
            body = request.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    wrong: list[bytes] = []
    with listening(echo) as partner:
        origin = f"http://127.0.0.1:{partner.port}"
        guarded = client(origin, total=10)

        def post(thread: int) -> None:
            for number in range(20):
                body = f"{thread}-{number}".encode()
                if guarded.request("POST", f"{origin}/", body=body).body != body:
                    wrong.append(body)

        threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(partner.requests) == 160
        assert partner.connections <= 8
        guarded.close()
