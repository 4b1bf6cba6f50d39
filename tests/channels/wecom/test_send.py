"""Saying it, against the sandbox's robot: once, and what an answer that never came means."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from channels.base import Accepted, Gone, TryAgain, Unsure, Work
from channels.wecom import PATH
from config.messages import say
from tests import factories
from tests.channels.http.listeners import answering, listening
from tests.channels.wecom.robots import KEY, channel
from tests.sandbox.process import Running, running

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n" + b'{"errcode":0,"errmsg":"ok"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("robot")) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")


def work() -> Work:
    """A release, approved."""
    said = factories.message()
    return factories.work(said, channel().render(said))


def robot(server: Running, **options: Any) -> Any:
    """The channel to the sandbox's robot."""
    return channel(server.origin, secret=lambda name: server.key, **options)


def test_one_step_and_it_is_accepted_with_the_approved_bytes(server: Running) -> None:
    one, todo = robot(server), work()
    assert one.next_step(todo) == "say"
    answer = one.send("say", todo)
    assert isinstance(answer, Accepted)
    assert answer.ask_again_at is None
    approved = json.loads(todo.rendition.main.body)["markdown"]["content"]
    assert [line["content"] for line in server.lines() if line["errcode"] == 0][-1] == approved


@pytest.mark.parametrize(
    "command",
    [
        {"how": "slow", "seconds": 30},
        {"how": "reset"},
        {"how": "drop"},
        {"how": "drip", "seconds": 0},
        {"how": "after", "status": 502},
        {"how": "status", "status": 500},
    ],
    ids=lambda command: command["how"],
)
def test_whatever_may_have_reached_the_group_is_never_sure(server: Running, command: dict[str, Any]) -> None:
    before = len(server.lines())
    server.misbehave(**command, times=1)
    with pytest.raises(Unsure):
        robot(server, total=0.5).send("say", work())
    assert len(server.lines()) - before == int(command["how"] != "status")


def test_mobile_numbers_are_read_when_it_is_sent_and_stand_in_nothing_before(server: Running) -> None:
    kept = iter(["13800001111\n+8613900002222\n", "13700003333"])

    def secret(name: str) -> str:
        return next(kept) if name == "zhiban" else server.key

    one = channel(server.origin, secret=secret, format="text", mention_mobiles="zhiban")
    said = factories.message()
    todo = factories.work(said, one.render(said))
    assert not any(b"1380000" in file.body for file in todo.rendition.files)
    one.send("say", todo)
    assert server.lines()[-1]["mobiles"] == ["13800001111", "+8613900002222"]
    one.send("say", todo)
    assert server.lines()[-1]["mobiles"] == ["13700003333"], "other numbers need no restart"


def test_too_many_waits_and_shows_nothing(server: Running) -> None:
    before = server.lines()
    server.misbehave(how="code", code="45009", times=1)
    with pytest.raises(TryAgain) as raised:
        robot(server).send("say", work())
    assert raised.value.throttled
    assert server.lines() == before


def test_a_key_that_is_nobodys_disables_the_endpoint_and_is_not_said(server: Running) -> None:
    wrong = channel(server.origin, secret=lambda name: KEY)
    with pytest.raises(Gone, match="93000") as raised:
        wrong.send("say", work())
    assert KEY not in str(raised.value)


def test_a_key_that_was_put_right_is_read_at_the_next_message(server: Running) -> None:
    keys = iter([KEY, server.key])
    one = channel(server.origin, secret=lambda name: next(keys))
    with pytest.raises(Gone):
        one.send("say", work())
    assert isinstance(one.send("say", work()), Accepted)


def test_nobody_there_is_surely_not_taken() -> None:
    with pytest.raises(TryAgain):
        channel("http://127.0.0.1:9").send("say", work())


def test_a_test_says_that_it_is_one_and_calls_nobody(server: Running) -> None:
    assert "测试" in robot(server, format="text", mention=("@all",)).test()
    line = server.lines()[-1]
    assert (line["content"], line["users"]) == (say("wecom.test_text", "zh"), [])


def test_the_request_as_it_goes_out() -> None:
    todo = work()
    with listening(answering(OK)) as seen:
        channel(f"http://127.0.0.1:{seen.port}").send("say", todo)
    head, _, body = seen.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST {PATH}?key={KEY} HTTP/1.1\r\n".encode())
    assert b"content-type: application/json; charset=utf-8" in head.lower()
    assert body == todo.rendition.main.body
