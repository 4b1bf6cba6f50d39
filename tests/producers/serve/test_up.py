"""``gongkai up`` as a process: started, refused, ended."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.clock import SystemClock
from notices.samples import expand
from tests.journeys.town import Outlet, furnish
from tests.producers.serve.doors import ask, listening
from tests.producers.serve.processes import asked, environment, free_ports, started
from tests.source import ROOT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a site, and a partner that is never reached."""
    folder = tmp_path / "home"
    partner = Outlet(
        "ribao", "webhook", options={"url": "https://partner.example/hook?key=verysecret", "secret": "ribao"}
    )
    furnish(folder, 8080, [Outlet("site", "website"), partner])
    (folder / "secrets").mkdir()
    (folder / "secrets" / "ribao").write_text(SECRET)
    return folder


def test_one_process_serves_a_folder_and_a_second_is_refused(home: Path) -> None:
    port = free_ports(2)
    with started("up", home, port) as running:
        assert ask(running.addresses["Status"], "/readyz").status == 200
        second = asked("up", home, free_ports(2))
        assert second.returncode == 6
        assert str(home) in second.stderr
        assert "Traceback" not in second.stderr
        code, seconds = running.end(signal.SIGTERM)
        assert (code, seconds < 10) == (0, True)
        written = running.errors.read_text()
    assert "Traceback" not in written
    assert SECRET not in written
    assert "verysecret" not in written
    events = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert [one["event"] for one in events] == ["started", "stopped"]
    assert all({"at", "level"} <= one.keys() for one in events)
    with started("up", home, port) as again:  # the port is free at once, and so is the folder
        assert again.end()[0] == 0


def test_it_says_where_to_look(home: Path) -> None:
    port = free_ports(2)
    with started("up", home, port) as running:
        origin = f"http://127.0.0.1:{port}/"
        assert running.addresses == {"Public site · 区人社局": origin, "Status": f"http://127.0.0.1:{port + 1}/"}
        assert ask(origin, "/").status == 404  # nothing published yet
        assert running.end()[0] == 0


def test_what_another_process_publishes_goes_out_and_is_seen(home: Path) -> None:
    port = free_ports(2)
    file = home.parent / "notice.md"
    file.write_text(expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), SystemClock().now()))
    with started("up", home, port) as running, listening(running.addresses["Status"]) as stream:
        assert stream.next("parts")["order"] == []
        published = asked("publish", home, port, str(file), "--yes")
        assert published.returncode == 0, published.stderr
        told = stream.next("parts")
        while not told["order"] or "已送达" not in "".join(told["parts"].values()):
            told = stream.next("parts")
        assert "办结情况" in ask(running.addresses["Public site · 区人社局"], "/").body.decode()
        assert running.end()[0] == 0  # although a page is still live


@pytest.mark.parametrize("offset", [0, 1])
def test_a_port_in_use_is_named_and_nothing_is_started(home: Path, offset: int) -> None:
    port = free_ports(2)
    with socket.create_server(("127.0.0.1", port + offset)):
        refused = asked("up", home, port)
    assert refused.returncode == 4
    assert str(port + offset) in refused.stderr
    assert "PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_inner_pages_for_everybody_are_refused(home: Path) -> None:
    file = home / "gongkai.toml"
    file.write_text(file.read_text().replace("[installation]", '[installation]\ninner_host = "0.0.0.0"'))
    refused = asked("up", home)
    assert refused.returncode == 4
    assert "inner_host" in refused.stderr


def test_an_engine_that_was_told_to_end_has_not_failed(home: Path) -> None:
    """What runs beside takes a while to end, and meanwhile the engine is not alive any more."""
    script = f"""
import os, signal, sys, threading
from pathlib import Path
from producers.serve.process import LISTEN, serve

def beside(running):
    os.kill(os.getpid(), signal.SIGTERM)
    running.ending.wait()
    threading.Event().wait(4 * LISTEN)

sys.exit(0 if serve(Path({str(home)!r}), ready=beside, stopping=lambda: None, grace=20) else 1)
"""
    told = environment(home, free_ports(2))
    said = subprocess.run([sys.executable, "-c", script], env=told, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_a_folder_that_is_none_is_told_so_and_not_made(tmp_path: Path) -> None:
    refused = asked("up", tmp_path / "nowhere")
    assert refused.returncode == 4
    assert "gongkai.toml" in refused.stderr
    assert not (tmp_path / "nowhere").exists()
