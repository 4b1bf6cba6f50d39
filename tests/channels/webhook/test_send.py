"""Sending, against real sockets and the sandbox's partner."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from channels.base import Delivered, Gone, Nature, Refused, TryAgain, Unsure
from channels.http import Guarded
from channels.webhook import Channel, WebhookOptions
from config.clock import DrivenClock
from tests import factories
from tests.channels.http.listeners import OK, Seen, answering, listening, read_request
from tests.channels.webhook.partners import channel, work
from tests.sandbox.process import Running, running


def header(request: bytes, name: str) -> str:
    """The value of a header of a raw request."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return next(value for key, _, value in (line.partition(": ") for line in lines) if key.lower() == name)


def close(partner: Channel) -> None:
    """End the connections it kept, lest the listener waits for them."""
    assert isinstance(partner.tools.http, Guarded)
    partner.tools.http.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("partner")) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")


def towards(server: Running, **options: Any) -> Channel:
    """The channel to the sandbox's partner."""
    return channel(server.url, secret=lambda name: server.secret_file.read_text().strip(), **options)


def kept(server: Running, identity: str) -> list[str]:
    """What became of the requests with this id."""
    return [entry["verdict"] for entry in server.inbox()["entries"] if entry["id"] == identity]


def test_one_step_and_it_is_delivered(server: Running) -> None:
    partner, said = towards(server), work(key="delivered.0")
    assert partner.next_step(said) == "post"
    answer = partner.send("post", said)
    assert isinstance(answer, Delivered)
    assert partner.next_step(work(scratch=answer.scratch)) is None
    assert kept(server, "delivered_0") == ["stored"]
    assert server.inbox()["entries"][-1]["event"]["data"]["delivery"] == {"sequence": 1, "supersedes": []}


@pytest.mark.parametrize("how", ["slow", "drop", "reset"])
def test_an_answer_never_seen_is_repeated_under_the_same_id_and_kept_once(server: Running, how: str) -> None:
    partner, said = towards(server, total=0.5), work(key=f"{how}.0")
    server.misbehave(how=how, seconds=30, times=1)
    with pytest.raises(Unsure):
        partner.send("post", said)
    assert isinstance(towards(server).send("post", said), Delivered)
    assert kept(server, f"{how}_0") == ["stored", "duplicate"]
    assert Channel.nature is Nature.KEYED


def test_what_the_partner_answers_is_what_is_raised(server: Running) -> None:
    cases: list[tuple[int, type[Exception]]] = [(429, TryAgain), (410, Gone), (422, Refused), (302, TryAgain)]
    for status, expected in cases:
        server.misbehave(how="status", status=status, retry_after="120", location=f"{server.origin}/elsewhere")
        with pytest.raises(expected) as raised:
            towards(server).send("post", work(key=f"answered{status}.0"))
        if status == 429:
            assert raised.value.retry_after == 120  # type: ignore[attr-defined]  # it is a TryAgain
        assert kept(server, f"answered{status}_0") == []


def test_each_attempt_is_signed_anew_under_the_same_id() -> None:
    clock = DrivenClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    with listening(answering(OK, keep=True)) as seen:
        partner = channel(f"http://127.0.0.1:{seen.port}/", clock=clock)
        partner.send("post", work())
        clock.advance(3_600)
        partner.send("post", work(attempt=2))
        close(partner)
    first, second = seen.requests
    assert header(first, "webhook-id") == header(second, "webhook-id") == "4f1f8f4b_0"
    assert int(header(second, "webhook-timestamp")) - int(header(first, "webhook-timestamp")) == 3_600
    assert header(first, "webhook-signature") != header(second, "webhook-signature")
    assert header(first, "content-type") == "application/cloudevents+json; charset=utf-8"
    assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2], "the body is the same"


def test_the_approved_bytes_are_what_is_sent() -> None:
    said = work(endpoint_sequence=7, supersedes=(1, 2))
    with listening(answering(OK)) as seen:
        channel(f"http://127.0.0.1:{seen.port}/").send("post", said)
    body = seen.requests[0].partition(b"\r\n\r\n")[2].decode()
    approved = said.rendition.main.body.decode()
    assert body == approved.replace("@@gongkai:published_at@@", "2026-11-23T09:30:00+08:00").replace(
        "@@gongkai:delivery@@", '{"sequence":7,"supersedes":[1,2]}'
    )


def test_an_address_that_is_not_allowed_is_refused_for_good() -> None:
    with pytest.raises(Refused) as refused:
        channel("https://printer.example.internal/").send("post", work())
    assert refused.value.final


@pytest.mark.parametrize("url", ["ftp://partner.example.org/", "https://u:p@partner.example.org/", "https://x/#y", ""])
def test_an_endpoint_with_no_address_is_not_made(url: str) -> None:
    with pytest.raises(ValidationError, match="网址"):
        WebhookOptions(url=url, secret="x")


def test_unknown_options_and_empty_secrets_are_refused() -> None:
    for options in ({"secret": ""}, {}, {"secret": "x", "surprise": 1}):
        with pytest.raises(ValidationError):
            WebhookOptions.model_validate({"url": "https://partner.example.org/", **options})


def test_a_partner_may_want_every_message() -> None:
    assert channel().supersedes is True
    assert channel(supersede=False).supersedes is False


# -- the test send ----------------------------------------------------------------------------------


def test_a_test_send_says_so_and_shakes_hands(server: Running) -> None:
    assert towards(server).test() == (
        "测试推送成功：对方已收到（HTTP 204）；对方在握手中同意接收，每分钟不超过 6000 条"
    )
    entry = server.inbox()["entries"][-1]
    assert entry["event"]["type"] == "gongkai.endpoint.test"
    assert entry["id"].startswith("test_")


@pytest.mark.parametrize(
    ("handshake", "words"),
    [
        (b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n", "可以不答复"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "可以不答复"),
        (
            b"HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: other.example\r\nContent-Length: 0\r\n\r\n",
            "没有允许 gongkai.test",
        ),
        (b"HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: *\r\nContent-Length: 0\r\n\r\n", "同意接收"),
        (b"", "可以不答复"),
    ],
)
def test_the_handshake_is_optional(handshake: bytes, words: str) -> None:
    def handle(connection: socket.socket, seen: Seen) -> None:
        while read_request(connection, seen):
            connection.sendall(handshake if len(seen.requests) == 1 else OK)
            if not handshake:
                return

    with listening(handle) as seen:
        partner = channel(f"http://127.0.0.1:{seen.port}/")
        assert words in partner.test()
        close(partner)
        assert seen.requests[0].startswith(b"OPTIONS / ")
        assert header(seen.requests[0], "webhook-request-origin") == "gongkai.test"
        assert json.loads(seen.requests[1].partition(b"\r\n\r\n")[2])["type"] == "gongkai.endpoint.test"


def test_a_test_send_that_fails_raises_as_sending_does(server: Running) -> None:
    server.misbehave(how="status", status=503)
    with pytest.raises(TryAgain, match="503"):
        towards(server).test()


def test_rendering_asks_nobody(server: Running) -> None:
    before = len(server.verdicts())
    towards(server).render(factories.message())
    assert len(server.verdicts()) == before
