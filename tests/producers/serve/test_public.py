"""The public listener over real sockets: files, conditions, parts, and nothing that is not public."""

import contextlib
import functools
import gzip
import http.server
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from producers.serve.files import safe_names
from producers.serve.headers import public_headers
from producers.serve.listeners import Server, bind
from producers.serve.wire import Wire
from tests.journeys.town import Town
from tests.producers.serve.doors import ask, away, empty

CANARY = "whsec_ThisMayNeverBeServed"


def test_the_front_page(site: Town, origin: str) -> None:
    found = ask(origin, "/")
    assert found.status == 200
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "第一件公开件" in found.body.decode()
    assert found.headers["vary"] == "Accept-Encoding"
    assert found.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=60"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/feeds/all.atom", "application/atom+xml"),
        ("/feeds/all.rss", "application/rss+xml"),
        ("/feeds/all.json", "application/feed+json"),
        ("/lookup/000.json", "application/json"),
        ("/sitemap.xml", "application/xml"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/assets/site.css", "text/css; charset=utf-8"),
        ("/assets/site.js", "text/javascript; charset=utf-8"),
        ("/assets/emblem.svg", "image/svg+xml"),
    ],
)
def test_each_file_says_what_it_is(site: Town, origin: str, path: str, media_type: str) -> None:
    found = ask(origin, path)
    assert (found.status, found.headers["content-type"]) == (200, media_type)


def test_what_the_client_has_is_not_sent_again(site: Town, origin: str) -> None:
    plain, packed = ask(origin, "/"), ask(origin, "/", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    tags = {plain.headers["etag"], packed.headers["etag"]}
    assert len(tags) == 2  # another coding is another representation
    assert all(tag.startswith('"') for tag in tags)
    for tag in tags:
        again = ask(origin, "/", if_none_match=tag, accept_encoding="gzip")
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", packed.headers["etag"])
    assert ask(origin, "/", if_modified_since=plain.headers["last-modified"]).status == 304
    assert ask(origin, "/", if_none_match='"other"').status == 200


def test_a_tag_holds_as_long_as_the_bytes(site: Town, origin: str) -> None:
    before = ask(origin, "/feeds/all.atom")
    site.publish("第二件公开件")
    site.settle(5)
    after = ask(origin, "/feeds/all.atom", if_none_match=before.headers["etag"])
    assert after.status == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert "第二件公开件" in after.body.decode()
    untouched = ask(origin, "/assets/site.css")
    (site.house.home / "outlets/site/public/assets/site.css").touch()
    assert ask(origin, "/assets/site.css").headers["etag"] == untouched.headers["etag"]


@pytest.mark.parametrize("path", ["/", "/feeds/all.atom", "/missing", "/large.pdf"])
def test_a_head_is_the_get_without_its_body(site: Town, origin: str, path: str) -> None:
    large(site)
    get, head = ask(origin, path), ask(origin, path, "HEAD")
    assert head.body == b""
    assert head.status == get.status
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def large(town: Town) -> bytes:
    """A file too large to be held, as a poster or an attachment may be."""
    body = b"%PDF-" + bytes(range(256)) * 8_000
    (town.house.home / "outlets/site/public/large.pdf").write_bytes(body)
    return body


@pytest.mark.parametrize("name", ["large.pdf", "small.pdf"])
def test_parts_of_a_file(site: Town, origin: str, name: str) -> None:
    body = large(site) if name == "large.pdf" else b"%PDF-" + bytes(1_000)
    (site.house.home / "outlets/site/public" / name).write_bytes(body)
    whole = ask(origin, f"/{name}")
    assert (whole.status, whole.headers["content-type"], whole.body) == (200, "application/pdf", body)
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(body)
    for asked, part, span in (
        ("bytes=0-9", body[:10], f"bytes 0-9/{size}"),
        ("bytes=990-", body[990:], f"bytes 990-{size - 1}/{size}"),
        ("bytes=-7", body[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
    ):
        found = ask(origin, f"/{name}", range=asked)
        assert (found.status, found.body, found.headers["content-range"]) == (206, part, span)
    beyond = ask(origin, f"/{name}", range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert ask(origin, f"/{name}", range="bytes=0-1", if_range='"other"').body == body
    assert ask(origin, f"/{name}", range="bytes=0-1,5-6").body == body


def test_a_part_of_a_page_is_of_its_plain_form(site: Town, origin: str) -> None:
    found = ask(origin, "/", range="bytes=0-14", accept_encoding="gzip")
    assert found.body == b"<!DOCTYPE html>"
    assert "content-encoding" not in found.headers


# -- what may never be served -----------------------------------------------------------------------

NAMES = (
    "secrets/ribao",
    "gongkai.toml",
    "gongkai.sqlite",
    "outlets/site/shelf.sqlite",
    "outlets/site/lock",
    "outlets/site/public/.hidden",
)
CLIMBS = (
    "/../{name}",
    "/../../../{name}",
    "/n/../../../../{name}",
    "/%2e%2e/%2e%2e/%2e%2e/{name}",
    "/%2e%2e%2f%2e%2e%2f%2e%2e%2f{name}",
    "/%252e%252e/%252e%252e/%252e%252e/{name}",
    "/..%5c..%5c..%5c{name}",
    "/..\\..\\..\\{name}",
    "/.%2e/.%2e/.%2e/{name}",
    "/%c0%ae%c0%ae/%c0%ae%c0%ae/{name}",
    "/%ef%bc%8e%ef%bc%8e/{name}",
    "/....//....//....//{name}",
    "/;/../../../{name}",
    "/./.././.././../{name}",
    "//../../../{name}",
    "/{home}/{name}",
    "//{home}/{name}",
    "/%2f{home}/{name}",
    "/file:///{home}/{name}",
    "/ybj/../../../{name}",
    "/ybj/%2e%2e/%2e%2e/%2e%2e/{name}",
    "/feeds/..%2f..%2f..%2f{name}",
    "/{name}%00.html",
    "/%00/../../../{name}",
    "/../../../{name}%20",
    "/linked/{name}",
    "/outside",
    "/.hidden",
    "/%2ehidden",
    "/loop",
    "/" + "a/" * 400 + "{name}",
    "/" + "%2e%2e/" * 60 + "{name}",
    "/n/" + "x" * 300,
    "/index.html/../../../../{name}",
    "/CON",
    "/nul.txt",
)


def test_nothing_but_what_is_public_is_ever_served(site: Town, origin: str) -> None:
    home = site.house.home
    (home / "secrets").mkdir(exist_ok=True)
    (home / "secrets/ribao").write_text(CANARY)
    top = home / "outlets/site/public"
    (top / ".hidden").write_text(CANARY)
    (top / "linked").symlink_to(home)
    (top / "outside").symlink_to(home / "secrets/ribao")
    (top / "loop").symlink_to("loop")
    guarded = [CANARY.encode(), (home / "gongkai.toml").read_bytes()[:40], b"SQLite format 3"]
    for climb in CLIMBS:
        for name in NAMES:
            path = climb.format(name=name, home=str(home).lstrip("/"))
            found = raw(origin, path)
            assert found.split(b" ", 2)[1] in (b"400", b"404", b"301"), path
            assert not any(secret in found for secret in guarded), path
            assert b"location: //" not in found.lower(), path


def raw(origin: str, path: str) -> bytes:
    """The whole answer to a request line nobody has tidied up."""
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
        return answer


def test_a_name_is_walked_only_when_every_step_of_it_is_plain() -> None:
    assert safe_names("/n/202611/a.html") == ("n", "202611", "a.html")
    assert safe_names("/附件/岗位表.csv") == ("附件", "岗位表.csv")
    assert safe_names("/all/") == ("all", "index.html")
    for bad in ("//", "/a//b", "/../a", "/a/./b", "/.git", "/a\\b", "/a\x00", "/a\n", "/\ud800", "/" + "a" * 2_000):
        assert safe_names(bad) is None, bad


@pytest.mark.parametrize("path", ["/all", "/ybj", "/disclosure"])
def test_a_folder_has_a_slash_at_its_end(site: Town, origin: str, path: str) -> None:
    found = ask(origin, path)
    assert (found.status, found.headers["location"]) == (301, f"{path}/")
    assert ask(origin, f"{path}/").status == 200


def test_each_office_has_its_own_site(site: Town, origin: str) -> None:
    own, other = ask(origin, "/").body.decode(), ask(origin, "/ybj/").body.decode()
    assert "医保局的公开件" in other
    assert "医保局的公开件" not in own
    assert "第一件公开件" not in other
    missing = ask(origin, "/ybj/nothing")
    assert (missing.status, "医疗保障局" in missing.body.decode()) == (404, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_reading_is_answered(site: Town, origin: str, method: str) -> None:
    found = ask(origin, "/", method)
    assert (found.status, found.headers["allow"]) == (405, "GET, HEAD")


def test_what_is_missing_says_so_in_the_sites_own_way(site: Town, origin: str) -> None:
    found = ask(origin, "/n/202611/00000000.html")
    assert (found.status, found.headers["cache-control"]) == (404, "no-cache")
    assert "没有这个页面" in found.body.decode()
    assert "etag" not in found.headers


def test_before_anything_is_published(town: Town) -> None:
    found = ask(town.house.configuration.public_url, "/")
    assert (found.status, found.headers["content-type"]) == (404, "text/plain; charset=utf-8")


# -- withdrawals ---------------------------------------------------------------------------------------


def test_what_was_taken_away_is_gone_and_what_was_replaced_leads_on(site: Town, origin: str) -> None:
    first, second, third = (site.publish(title) for title in ("将撤下", "将被替代", "替代它的"))
    site.settle(5)
    site.withdraw(first, reason="内容有误", leaves="gone")
    site.withdraw(second, reason="已有新件", leaves="redirect", redirect=third.notice)
    site.settle(5)
    gone, moved = (ask(origin, urlsplit(done.address).path) for done in (first, second))
    assert (gone.status, "已经撤下" in gone.body.decode()) == (410, True)
    assert (moved.status, moved.headers["location"]) == (301, urlsplit(third.address).path)
    assert site.outcomes(first)["site"] == ["delivered", "delivered"]  # read back as written, whatever the status
    assert site.outcomes(second)["site"] == ["delivered", "delivered"]


def test_a_withdrawal_under_a_banner_stays_a_page(site: Town, origin: str) -> None:
    done = site.publish("将撤回")
    site.settle(5)
    site.withdraw(done, reason="内容有误")
    site.settle(5)
    found = ask(origin, urlsplit(done.address).path)
    assert (found.status, "内容有误" in found.body.decode()) == (200, True)


# -- with everything else down -----------------------------------------------------------------------------


class _Plain(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Python's own file server."""
    handler = functools.partial(_Plain, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_plain_file_server_serves_the_same_with_all_else_down(tmp_path: Path) -> None:
    with empty(tmp_path) as town:
        done = town.publish("人人可读")
        town.settle(5)
        path = urlsplit(done.address).path
        paths = ("/", path, "/all/", "/assets/site.css", "/lookup/")
        ours = {one: ask(town.house.configuration.public_url, one).body for one in paths}
    (tmp_path / "home" / "gongkai.sqlite").unlink()
    with plain_server(tmp_path / "home/outlets/site/public") as origin:
        assert {one: ask(origin, one).body for one in paths} == ours


def test_files_are_served_while_the_store_is_away(town: Town) -> None:
    town.publish("读得到")
    town.settle(5)
    with away(town, "endpoint"):
        town.clock.advance(60)
        assert ask(town.house.configuration.public_url, "/").status == 200


# -- clients that dawdle ----------------------------------------------------------------------------------------


class _Hasty(Wire):
    """As the listeners', with less patience."""

    request_seconds = 0.5
    reading_seconds = 0.5


@contextmanager
def hasty() -> Iterator[str]:
    """A listener with one page and one long answer, and little patience."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = b"x" * (60_000_000 if scope["path"] == "/long" else 10)
        await Response(body)(scope, receive, send)

    with bind("127.0.0.1", 0) as listening:
        server = Server.of(app, public_headers("http://x"), 50, wire=_Hasty)
        thread = threading.Thread(target=server.run, args=([listening.dup()],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_a_request_that_never_ends_is_let_go_and_others_are_served() -> None:
    with hasty() as origin:
        parts = urlsplit(origin)
        address = (parts.hostname or "", parts.port or 0)
        slow = [socket.create_connection(address, timeout=20) for _ in range(40)]
        for line in slow:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert ask(origin, "/").status == 200
        for line in slow:
            assert line.recv(100) == b""  # closed by the server
            line.close()
        with socket.create_connection(address, timeout=20) as body:
            body.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            while body.recv(65_536):
                pass
        assert ask(origin, "/").status == 200


ENDLESS = {
    "an address": (b"GET /", b"a" * 200_000),
    "one field": (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", b"a" * 200_000),
    "fields": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(200))),
    "nothing": (b"", b"\r\n" * 100_000),
    "trailers": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(200)),
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_request_without_measure_is_let_go_at_once(what: str) -> None:
    begin, more = ENDLESS[what]
    with hasty() as origin:
        parts = urlsplit(origin)
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
            sent = 0
            with contextlib.suppress(ConnectionError):
                line.sendall(begin)
                while sent < 50_000_000:
                    line.sendall(more)
                    sent += len(more)
            assert sent < 20_000_000, "what the sockets hold, not what the server takes"
        assert ask(origin, "/").status == 200


def test_a_head_that_is_too_long_is_told_so_and_one_that_is_not_is_answered() -> None:
    with hasty() as origin:
        parts = urlsplit(origin)
        head = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: %s\r\n\r\n"
        for size, status in ((30_000, b"HTTP/1.1 200"), (40_000, b"HTTP/1.1 431")):
            with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
                line.sendall(head % (b"a" * size))
                assert line.recv(12) == status


def test_only_the_body_of_a_post_may_be_longer() -> None:
    """And what follows on the same connection is measured anew."""
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    for size, status in ((250_000, b"HTTP/1.1 200"), (400_000, b"")):
        with hasty() as origin:
            parts = urlsplit(origin)
            with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
                line.sendall(post % size + b"a" * size)
                answer = line.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 200"), "this application answers before it has read anything"
                if status:
                    line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: %s\r\n\r\n" % (b"a" * 40_000))
                    assert line.recv(12) == b"HTTP/1.1 431"


def test_many_requests_in_a_row_are_each_measured_by_themselves() -> None:
    with hasty() as origin:
        parts = urlsplit(origin)
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3_000)
            answers = b""
            while answers.count(b"HTTP/1.1 200") < 3_000:
                piece = line.recv(1_000_000)
                assert piece, "let go"
                answers += piece


def test_an_answer_that_is_never_taken_is_let_go() -> None:
    with hasty() as origin:
        parts = urlsplit(origin)
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
            line.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(1)
            taken = 1
            assert select.select([], [], [line], 1.5) == ([], [], [])  # longer than the listener's patience
            with contextlib.suppress(ConnectionResetError):
                while piece := line.recv(65_536):
                    taken += len(piece)
            assert taken < 60_000_000
