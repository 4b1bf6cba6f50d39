"""Links to others' sites: each asked once, told where it leads nowhere, and nobody asked unless a person wants it."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from channels.base import Http, HttpAnswer, Unsure
from channels.http.client import Guarded
from config.clock import DrivenClock
from producers.check import check
from producers.outside_links import LONGEST, MOST, Asked, ask
from tests.journeys.town import Ground, Town, opened

STATUSES = {"/there": 200, "/gone": 410, "/missing": 404, "/moved": 302, "/broken": 500}


class Others(BaseHTTPRequestHandler):
    """Somebody else's site, which counts who comes."""

    seen: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self.seen[self.path] += 1
        self.send_response(STATUSES[self.path])
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def others() -> Iterator[str]:
    """Its address."""
    Others.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Others) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def closed() -> Iterator[str]:
    """The address of one where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def linked(home: Path, others: str, closed: str) -> Iterator[Town]:
    """The offices at work; the other site is on the allow-list, and one where nobody is."""
    with (home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.writelines(f'[[allow]]\norigin = "{origin}"\nowner = "测试"\n' for origin in (others, closed))
    with opened(Ground(home, DrivenClock())) as here:
        yield here


def test_each_is_asked_once_and_only_when_a_person_wants_it(linked: Town, others: str) -> None:
    links = [f"{others}{path}" for path in STATUSES]
    body = " ".join(
        f"[见]({link})" for link in [*links, f"{links[0]}#two", f"{links[2]}#two", "http://plain.example/x"]
    )
    numbers = [linked.publish(title, added=body).index_number for title in ("一件", "两件")]
    assert not [one for one in check(linked.house.home, linked.clock) if others in one.what]
    assert Others.seen == {}
    found = list(check(linked.house.home, linked.clock, links=True))
    assert Others.seen == dict.fromkeys(STATUSES, 1)
    told = [(one.level, one.what) for one in found if others in one.what]
    assert len(told) == 4
    for status, path in ((410, "/gone"), (404, "/missing")):
        for number in numbers:
            (one,) = [each for each in told if f"{others}{path}，" in each[1] and number in each[1]]
            assert one[0] == "warning"
            assert f"对方答复 {status}" in one[1]
            assert f"gongkai correct {number} " in one[1]
    assert [one.what for one in found if one.what.startswith("到别人网站的链接共 6 个：问了 5 个，1 个没有问")]


def test_who_cannot_be_reached_is_told_with_the_cause(linked: Town, closed: str) -> None:
    linked.publish("一件", added=f"见[那里]({closed}/there)")
    (one,) = [one for one in check(linked.house.home, linked.clock, links=True) if closed in one.what]
    assert one.level == "warning"
    assert f"{closed}/there，" in one.what
    assert "127.0.0.1" in one.what.partition("，")[2], "the cause"


class Slow(Http):
    """Takes so many seconds for every answer; some it never gives."""

    def __init__(self, clock: DrivenClock, seconds: float) -> None:
        self.clock, self.seconds, self.count = clock, seconds, 0

    def request(self, method: str, url: str, **_: Any) -> HttpAnswer:
        self.count += 1
        self.clock.advance(self.seconds)
        if url.endswith("never"):
            raise Unsure("slow")
        return HttpAnswer(404, {}, b"")


def test_a_name_that_leads_nowhere_is_told_and_where_nobody_may_go_is_not_asked() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    links = ["https://nowhere.example.com/x", "https://192.168.1.1/x", "http://plain.example.com/x"]
    one, *others = ask(Guarded(clock=DrivenClock(), look_up=nowhere), DrivenClock(), links)
    assert (one.answered, "nowhere.example.com" in one.cause) == (True, True)
    assert others == [Asked(link, answered=False) for link in links[1:]]


def test_number_and_time_are_bounded() -> None:
    clock = DrivenClock()
    many = Slow(clock, 0)
    assert sum(one.answered for one in ask(many, clock, [f"https://a.test/{n}" for n in range(MOST + 5)])) == MOST
    assert many.count == MOST
    slow = Slow(clock, 60)
    assert [one.answered for one in ask(slow, clock, [f"https://a.test/{n}" for n in range(6)])] == [True] * 3 + [
        False
    ] * 3
    assert slow.count == LONGEST / timedelta(minutes=1)
    assert list(ask(Slow(clock, 1), clock, ["https://a.test/never"])) == [Asked("https://a.test/never", answered=False)]
