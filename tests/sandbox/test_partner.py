"""A partner takes what is genuine, once, durably, and nothing else. The sender is the standard's own library."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from config.clock import DrivenClock
from sandbox.inbox import Inbox
from sandbox.signature import Forged, new_secret, verify
from tests.sandbox.process import Running, running, signed

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a clock that stands at ``NOW``."""
    file = tmp_path_factory.mktemp("clock") / "now"
    DrivenClock(NOW, file=file)
    return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, clock: Path) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("partner"), clock=clock) as found:
        yield found


def event(sequence: int = 1, **data: Any) -> bytes:
    """A sound event with this number."""
    content = {
        "specversion": "1.0",
        "type": "gongkai.notice.released",
        "id": f"n.{sequence}",
        "source": "https://www.example.gov.cn/",
        "subject": f"n{sequence}",
        "data": {"title": "标题", "sequence": 1, "delivery": {"sequence": sequence, "supersedes": []}, **data},
    }
    return json.dumps(content, ensure_ascii=False).encode()


def post(server: Running, identity: str, body: bytes, at: datetime = NOW, **changes: str) -> requests.Response:
    """Send it, with some headers changed (``_`` for ``-``)."""
    headers = server.signed(identity, body.decode(), at) | {name.replace("_", "-"): changes[name] for name in changes}
    return requests.post(server.url, data=body, headers=headers, timeout=10)


def test_a_genuine_event_is_kept_on_disk_before_the_answer(server: Running) -> None:
    body = event(1)
    assert post(server, "kept", body).status_code == 204
    last = json.loads((server.home / "ribao.jsonl").read_text().splitlines()[-1])
    assert (last["id"], last["verdict"], last["event"]) == ("kept", "stored", json.loads(body))


def test_a_repeat_is_noted_and_not_kept_twice(server: Running) -> None:
    before = len(server.verdicts())
    for body in (event(2), event(2), event(2, title="别的")):
        assert post(server, "repeated", body).status_code == 204
    entries = server.inbox()["entries"][before:]
    assert [(entry["verdict"], entry["reason"]) for entry in entries] == [
        ("stored", ""),
        ("duplicate", ""),
        ("duplicate", "other_body"),
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"webhook_signature": "v1,AAAA"}, 401),
        ({"webhook_signature": "v1a,AAAA"}, 401),
        ({"webhook_signature": ""}, 401),
        ({"webhook_id": "another"}, 401),
        ({"webhook_id": ""}, 401),
        ({"webhook_timestamp": str(int(NOW.timestamp()) + 1)}, 401),
        ({"webhook_timestamp": "soon"}, 401),
        ({"webhook_timestamp": "9" * 400}, 401),
        ({"content_type": "text/plain"}, 415),
    ],
)
def test_what_is_not_genuine_is_refused(server: Running, change: dict[str, str], status: int) -> None:
    before = server.verdicts()
    assert post(server, "forged", event(9), NOW, **change).status_code == status
    assert server.verdicts() == [*before, "refused"]


def test_a_changed_body_and_another_secret_are_refused(server: Running) -> None:
    genuine = server.signed("x", event(9).decode(), NOW)
    assert requests.post(server.url, data=event(9) + b" ", headers=genuine, timeout=10).status_code == 401
    other = signed(new_secret(), "x", event(9).decode(), NOW)
    assert requests.post(server.url, data=event(9), headers=other, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("seconds", "status"), [(-301, 401), (-300, 204), (-299, 204), (299, 204), (300, 204), (301, 401)]
)
def test_the_age_is_bounded_both_ways(server: Running, seconds: int, status: int) -> None:
    answer = post(server, f"aged{seconds}", event(3), NOW + timedelta(seconds=seconds))
    assert answer.status_code == status


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{}", b"not json", b'{"specversion": "1.0"}'])
def test_a_body_that_is_no_event_is_refused(server: Running, body: bytes) -> None:
    assert post(server, "no-event", body).status_code == 400


def test_a_body_that_is_too_large_is_refused(server: Running) -> None:
    assert post(server, "large", b"x" * 65_537).status_code == 413


def test_during_a_rotation_both_secrets_are_good(server: Running) -> None:
    old = server.secret_file.read_text().strip()
    new = new_secret()
    server.secret_file.write_text(f"{new} {old}")
    try:
        for number, secret in enumerate((old, new)):
            headers = signed(secret, f"rotated{number}", event(4).decode(), NOW)
            assert requests.post(server.url, data=event(4), headers=headers, timeout=10).status_code == 204
    finally:
        server.secret_file.write_text(old)


def test_gaps_are_seen(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.jsonl")
    for number in (1, 2, 5, 4, 8):
        inbox.receive(f"id{number}", json.loads(event(number)), NOW.isoformat())
    assert inbox.missing() == [3, 6, 7]
    inbox.receive("late", json.loads(event(3)), NOW.isoformat())
    assert inbox.missing() == [6, 7]
    inbox.close()


def test_a_line_that_was_cut_short_is_dropped_and_the_rest_is_there(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    inbox = Inbox(file)
    inbox.receive("a", json.loads(event(1)), NOW.isoformat())
    inbox.receive("b", json.loads(event(2)), NOW.isoformat())
    inbox.close()
    whole = file.read_bytes()
    for cut in range(whole.index(b"\n") + 1, len(whole)):
        file.write_bytes(whole[:cut])
        again = Inbox(file)
        assert [entry.id for entry in again.entries] == ["a"]
        assert again.receive("b", json.loads(event(2)), NOW.isoformat()).verdict == "stored"
        again.close()
        assert file.read_bytes() == whole


def test_killed_and_started_again_it_knows_what_it_had(tmp_path: Path, clock: Path) -> None:
    with running(tmp_path, clock=clock) as first:
        assert post(first, "before", event(1)).status_code == 204
        first.process.kill()
    with running(tmp_path, clock=clock) as second:
        assert post(second, "before", event(1)).status_code == 204
        assert post(second, "after", event(2)).status_code == 204
        assert second.verdicts() == ["stored", "duplicate", "stored"]
        assert second.inbox()["missing"] == []


def test_secrets_are_for_the_owner_alone(server: Running) -> None:
    assert server.secret_file.stat().st_mode & 0o077 == 0


def test_a_malformed_secret_of_its_own_is_said(tmp_path: Path) -> None:
    with pytest.raises(Forged, match="bad_secret"):
        verify(signed(new_secret(), "x", "{}", NOW), b"{}", "whsec_?", NOW)


def test_it_listens_on_loopback_and_to_local_names_alone(server: Running) -> None:
    sockets = psutil.Process(server.process.pid).net_connections()
    assert {each.laddr[0] for each in sockets if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    assert requests.get(server.url, headers={"host": "evil.example.org"}, timeout=10).status_code == 400
    assert requests.get(f"{server.origin}/partner/nobody", timeout=10).status_code == 404
