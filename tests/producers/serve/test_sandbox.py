"""The sandbox of the sample comes back when it died, and is gone when whoever started it has ended."""

import http.client
import socket
import threading
from pathlib import Path

import psutil
import pytest

from producers.serve import sandbox
from producers.serve.sandbox import Sandbox
from tests.producers.serve.processes import free_ports

PATIENCE = 20  # seconds


def answers(port: int, path: str = "/partner/ribao") -> int | None:
    """The status of a page of it; None while nobody listens."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return None
    finally:
        line.close()


def running(home: Path) -> list[psutil.Process]:
    """Those that this process runs for ``home``; other tests run others."""
    return [child for child in psutil.Process().children() if str(home / "sandbox") in child.cmdline()]


def test_one_that_died_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "AWAY", 0.1)
    port = free_ports(1)
    with Sandbox(tmp_path, {"ribao": "云岭日报"}, {"gongzuoqun": "局工作群"}, port) as started:
        started.wait()
        (first,) = running(tmp_path)
        assert answers(port) == answers(port, "/group/gongzuoqun") == 200
        first.kill()
        psutil.wait_procs([first], timeout=PATIENCE)
        look, left = threading.Event(), PATIENCE * 10
        while answers(port) is None and left:
            left -= 1
            look.wait(0.1)
        assert answers(port) == 200
        (second,) = running(tmp_path)
        assert second != first
    assert running(tmp_path) == []
    with socket.create_server(("127.0.0.1", port)):  # it is free again
        pass
