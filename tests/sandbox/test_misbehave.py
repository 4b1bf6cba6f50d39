"""Each misbehaviour, as the guarded client sees it, and what the partner has kept of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.base import HttpAnswer, Unsure
from channels.http import AllowEntry, Guarded
from config.clock import SystemClock
from tests.sandbox.process import Running, running

EVENT = {"specversion": "1.0", "type": "gongkai.notice.released", "id": "1", "source": "/", "data": {}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("partner")) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_again(server: Running) -> Iterator[None]:
    yield
    server.misbehave(how="well")


def post(server: Running, identity: str, total: float = 5) -> HttpAnswer:
    """A genuine event."""
    body = json.dumps(EVENT)
    headers = server.signed(identity, body, datetime.now(UTC))
    guarded = Guarded(clock=SystemClock(), allow=[AllowEntry(server.origin, "测试")], total=total)
    try:
        return guarded.request("POST", server.url, headers=headers, body=body.encode())
    finally:
        guarded.close()


def kept(server: Running, identity: str) -> list[str]:
    """What became of the requests with this id."""
    return [entry["verdict"] for entry in server.inbox()["entries"] if entry["id"] == identity]


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ({"how": "slow", "seconds": 30}, "答完"),
        ({"how": "drip", "seconds": 0.1}, "答完"),
        ({"how": "reset"}, "中断"),
        ({"how": "drop"}, "中断"),
    ],
    ids=lambda value: value["how"] if isinstance(value, dict) else "",
)
def test_it_keeps_the_event_and_the_answer_is_never_seen(server: Running, command: dict[str, Any], cause: str) -> None:
    identity = f"kept-{command['how']}"
    server.misbehave(**command, times=1)
    with pytest.raises(Unsure, match=cause):
        post(server, identity, total=0.5)
    assert kept(server, identity) == ["stored"]
    assert post(server, identity).status == 204, "it is well again after one time"
    assert kept(server, identity) == ["stored", "duplicate"]


def test_a_drip_ends_at_last(server: Running) -> None:
    server.misbehave(how="drip", seconds=0)
    assert post(server, "dripped").headers["x-drip"] == "yes"


@pytest.mark.parametrize(
    ("status", "header", "value"),
    [(500, "", ""), (410, "", ""), (429, "retry_after", "120"), (302, "location", "http://127.0.0.1:1/")],
)
def test_it_answers_a_status_and_keeps_nothing(server: Running, status: int, header: str, value: str) -> None:
    server.misbehave(how="status", status=status, **({header: value} if header else {}))
    for _ in range(3):
        answer = post(server, f"status-{status}")
        assert answer.status == status
        assert answer.headers.get(header.replace("_", "-"), "") == value
    assert kept(server, f"status-{status}") == []
    server.misbehave(how="well")
    assert post(server, f"status-{status}").status == 204


def test_so_many_times_and_then_well_again(server: Running) -> None:
    server.misbehave(how="status", status=503, times=2)
    assert [post(server, "twice").status for _ in range(3)] == [503, 503, 204]


def test_its_process_dies_with_the_event_on_disk(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.misbehave(how="exit")
        with pytest.raises(Unsure):
            post(server, "last-words")
        assert server.process.wait(timeout=10) == 70
    with running(tmp_path) as again:
        assert post(again, "last-words").status == 204
        assert again.verdicts() == ["stored", "duplicate"]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"how": "dance"}', 400),
        ("application/json", b'{"how": "slow", "second": 1}', 400),
        ("application/json", b'{"how": "slow", "seconds": 1e9}', 400),
        ("application/json", b'{"how": "status", "retry_after": "a\\r\\nb: c"}', 400),
        ("application/json", b"[]", 400),
        ("application/json", b'{"how": "well", "partner": "nobody"}', 404),
        ("application/json", b'{"how": "reset", "partner": "ribao", "at": "draft/add"}', 404),
        ("text/plain", b'{"how": "well"}', 415),
        ("application/x-www-form-urlencoded", b"how=well", 415),
    ],
)
def test_a_command_it_does_not_know_changes_nothing(
    server: Running, content_type: str, body: bytes, status: int
) -> None:
    address = f"{server.origin}/misbehave"
    answer = requests.post(address, data=body, headers={"content-type": content_type}, timeout=10)
    assert answer.status_code == status
    assert answer.text
    assert post(server, "unchanged").status == 204
