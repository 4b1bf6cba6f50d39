"""The robot's interface is as strict as WeCom's; a client that is not ours speaks to it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from apprise.plugins.wecombot import NotifyWeComBot
from click.testing import CliRunner

from config.clock import DrivenClock
from sandbox.__main__ import main
from sandbox.wecom import LONGEST, PATH, PER_MINUTE, Group, Refusal, read
from tests.sandbox.process import GROUP, Running, running

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("robot")


@pytest.fixture(scope="module")
def clock(folder: Path) -> DrivenClock:
    return DrivenClock(NOW, file=folder / "now")


@pytest.fixture(scope="module")
def server(folder: Path, clock: DrivenClock) -> Iterator[Running]:
    assert clock.now() == NOW
    with running(folder / "home", clock=folder / "now") as found:
        yield found


@pytest.fixture(autouse=True)
def _another_minute(server: Running, clock: DrivenClock) -> Iterator[None]:
    yield
    server.misbehave(how="well")
    clock.advance(61)


def post(server: Running, body: bytes, *, key: str | None = None, path: str = PATH) -> requests.Response:
    """Say it; ``key`` default: the robot's."""
    query = {"key": server.key if key is None else key}
    return requests.post(f"{server.origin}{path}", params=query, data=body, timeout=10)


def code(server: Running, body: bytes, **how: Any) -> int:
    """The ``errcode`` of the answer, which is a 200 whatever it says."""
    answer = post(server, body, **how)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    assert found.keys() == {"errcode", "errmsg"}
    return int(found["errcode"])


def text(content: str = "字", kind: str = "text", **more: Any) -> bytes:
    """A message."""
    return json.dumps({"msgtype": kind, kind: {"content": content, **more}}, ensure_ascii=False).encode()


class Apprise(NotifyWeComBot):  # type: ignore[no-untyped-call]  # it says it has types, and has some
    """Apprise's plugin as it is, towards this machine and without its pause between two messages."""

    request_rate_per_sec = 0

    def __init__(self, origin: str, key: str) -> None:
        super().__init__(key=key)  # type: ignore[no-untyped-call]  # likewise
        self.api_url = self.notify_url.replace("https://qyapi.weixin.qq.com", origin).format(key=key)


def test_a_client_that_is_not_ours_is_understood(server: Running) -> None:
    before = len(server.lines())
    assert Apprise(server.origin, server.key).notify(body="云岭高新区：停电通知 <b>&</b>", title="") is True
    (line,) = server.lines()[before:]
    assert (line["errcode"], line["msgtype"]) == (0, "text")
    assert line["content"] == "云岭高新区：停电通知 <b>&</b>"
    assert json.loads((server.home / f"{GROUP}.jsonl").read_text().splitlines()[-1]) == line


def test_it_is_refused_as_we_are(server: Running) -> None:
    """Apprise takes every 200 for a yes; the witness does not."""
    before = len(server.lines())
    assert Apprise(server.origin, "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa").notify(body="谁") is True
    assert server.lines()[before:] == []
    server.misbehave(how="status", status=500, times=1)
    assert Apprise(server.origin, server.key).notify(body="谁") is False


@pytest.mark.parametrize("key", ["", "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa", " "])
def test_a_key_that_is_nobodys_says_nothing_anywhere(server: Running, key: str) -> None:
    before = server.lines()
    answer = post(server, text(), key=key).json()
    assert answer["errcode"] == 93000
    assert answer["errmsg"].startswith("invalid webhook url, hint: [")
    assert answer["errmsg"].endswith("query?e=93000")
    assert server.lines() == before


def test_another_path_and_another_method_are_nothing(server: Running) -> None:
    assert post(server, text(), path="/cgi-bin/webhook/sent").status_code == 404
    assert requests.get(f"{server.origin}{PATH}", params={"key": server.key}, timeout=10).status_code == 405


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", 40008),
        (b"{", 40008),
        (b"[]", 40008),
        ('{"msgtype": "text", "text": {"content": "字"}}'.encode("gbk"), 40008),
        (text(kind="html"), 40008),
        (b'{"msgtype": ["text"]}', 40008),
        (b'{"msgtype": "text"}', 44004),
        (b'{"msgtype": "text", "text": "x"}', 44004),
        (b'{"msgtype": "text", "markdown": {"content": "x"}}', 44004),
        (text(""), 44004),
        (text("字", mentioned_list="@all"), 40058),
        (text("字", mentioned_mobile_list=[13800001111]), 40058),
        (text("长" * 683), 40058),
        (text("长" * 682), 0),
        (text("长" * 1_366, "markdown"), 40058),
        (text("长" * 1_365, "markdown"), 0),
        (text("长" * 1_366, "markdown_v2"), 40058),
        (text("# 长", "markdown_v2"), 0),
        (text("字", mentioned_list=["lixiao", "@all"], mentioned_mobile_list=["13800001111"]), 0),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, bytes) else str(value),
)
def test_what_it_takes_and_what_it_answers_else(server: Running, body: bytes, expected: int) -> None:
    before = len(server.lines())
    assert code(server, body) == expected
    assert [line["errcode"] for line in server.lines()[before:]] == [expected]


def test_lengths_are_counted_in_bytes() -> None:
    for kind, most in LONGEST.items():
        assert read(text("x" * most, kind))["content"] == "x" * most
        with pytest.raises(Refusal, match="40058"):
            read(text("x" * (most + 1), kind))


def test_twenty_a_minute_and_no_more(server: Running, clock: DrivenClock) -> None:
    before = len(server.lines())
    assert [code(server, text(f"第{number}条")) for number in range(PER_MINUTE)] == [0] * PER_MINUTE
    assert [code(server, text("太多")) for _ in range(2)] == [45009, 45009]
    clock.advance(59)
    assert code(server, text("还是太多")) == 45009
    clock.advance(2)
    assert code(server, text("又能说了")) == 0
    shown = [line for line in server.lines()[before:] if line["errcode"] == 0]
    assert len(shown) == PER_MINUTE + 1


def test_started_again_it_knows_what_it_said_and_how_much(tmp_path: Path) -> None:
    group = Group(tmp_path / "group.jsonl")
    for _ in range(PER_MINUTE):
        group.say(text(mentioned_list=["@all"]), NOW)
    group.close()
    (tmp_path / "group.jsonl").write_bytes((tmp_path / "group.jsonl").read_bytes() + b'{"at": "2026')
    again = Group(tmp_path / "group.jsonl")
    assert len(again.shown) == PER_MINUTE
    assert again.shown[-1].users == ("@all",)
    assert again.say(text(), NOW + timedelta(seconds=59)).errcode == 45009
    assert again.say(text(), NOW + timedelta(seconds=60)).errcode == 0
    again.close()


def test_on_command_it_throttles_and_keeps_nothing(server: Running) -> None:
    before = server.lines()
    server.misbehave(how="code", code="45009", times=1, partner=GROUP)
    assert code(server, text()) == 45009
    assert server.lines() == before
    assert code(server, text()) == 0


def test_on_command_it_shows_it_and_answers_a_failure(server: Running) -> None:
    before = len(server.lines())
    server.misbehave(how="after", status=502, times=1)
    assert post(server, text("到了")).status_code == 502
    assert [line["content"] for line in server.lines()[before:]] == ["到了"]
    server.misbehave(how="status", status=502, times=1)
    assert post(server, text("没到")).status_code == 502
    assert len(server.lines()) == before + 1


@pytest.mark.parametrize("how", ["slow", "reset", "drop", "drip"])
def test_on_command_it_shows_it_and_the_answer_is_never_seen(server: Running, how: str) -> None:
    before = len(server.lines())
    server.misbehave(how=how, seconds=1, times=1)
    with pytest.raises(requests.RequestException):
        requests.post(f"{server.origin}{PATH}", params={"key": server.key}, data=text(how), timeout=0.3).json()
    assert [line["content"] for line in server.lines()[before:]] == [how]


@pytest.mark.parametrize(("name", "code"), [("ribao", "45009"), (GROUP, "isv.OUT_OF_SERVICE"), ("aliyun", "45009")])
def test_an_outlet_can_be_told_its_own_codes_only(server: Running, name: str, code: str) -> None:
    command = {"how": "code", "code": code, "partner": name}
    assert requests.post(f"{server.origin}/misbehave", json=command, timeout=10).status_code == 404


def test_its_key_is_for_the_owner_alone(server: Running) -> None:
    assert (server.home / "secrets" / GROUP).stat().st_mode & 0o077 == 0
    assert server.key not in requests.get(server.chat, timeout=10).text


def test_nobody_else_has_such_a_group(server: Running) -> None:
    assert requests.get(f"{server.origin}/group/nobody", timeout=10).status_code == 404


@pytest.mark.parametrize("other", [("--partner", GROUP), ("--partner", "wechat"), ("--robot", "aliyun")])
def test_no_two_outlets_have_one_name(tmp_path: Path, other: tuple[str, str]) -> None:
    said = CliRunner().invoke(main, ["--home", str(tmp_path / "home"), "--robot", GROUP, *other])
    assert (said.exit_code, other[1] in said.output) == (2, True)
    assert not (tmp_path / "home").exists()
