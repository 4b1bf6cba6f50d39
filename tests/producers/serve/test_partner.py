"""The partner of the sample comes back when it died, and is gone when whoever started it has ended."""

import http.client
import socket
import threading
from pathlib import Path

import psutil
import pytest

from producers.serve import partner
from producers.serve.partner import Partner
from tests.producers.serve.processes import free_ports

PATIENCE = 20  # seconds


def answers(port: int) -> int | None:
    """The status of its inbox; None while nobody listens."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/partner/ribao")
        return line.getresponse().status
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return None
    finally:
        line.close()


def partners(home: Path) -> list[psutil.Process]:
    """Those that this process runs for ``home``; other tests run others."""
    return [child for child in psutil.Process().children() if str(home / "sandbox") in child.cmdline()]


def test_one_that_died_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner, "AWAY", 0.1)
    port = free_ports(1)
    with Partner(tmp_path, "ribao", "云岭日报", f"http://127.0.0.1:{port}/partner/ribao") as running:
        running.wait()
        (first,) = partners(tmp_path)
        assert answers(port) == 200
        first.kill()
        psutil.wait_procs([first], timeout=PATIENCE)
        look, left = threading.Event(), PATIENCE * 10
        while answers(port) is None and left:
            left -= 1
            look.wait(0.1)
        assert answers(port) == 200
        (second,) = partners(tmp_path)
        assert second != first
    assert partners(tmp_path) == []
    with socket.create_server(("127.0.0.1", port)):  # it is free again
        pass
