"""``--health``: an exit code that is true when a process works, and false when it is dead, hangs, or has no store."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from producers.serve.asked import unwell
from producers.serve.sign import EVERY, OLD, SIGN, Sign, age
from streams.engine import HANGS, works
from tests.journeys.town import Outlet, Town, furnish
from tests.producers.serve.doors import ask, behind
from tests.producers.serve.processes import asked, environment, free_ports, started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a site."""
    furnish(tmp_path / "home", 8080, [Outlet("site", "website")])
    return tmp_path / "home"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Another process."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_that_serves_is_well_and_a_dead_one_is_not(home: Path) -> None:
    port = free_ports(2)
    with started("up", home, port) as running:
        well = asked("up", home, port, "--health")
        assert (well.returncode, well.stderr) == (0, "")
        running.end(signal.SIGKILL)
    dead = asked("up", home, port, "--health")
    assert dead.returncode == 6
    assert "公开网站的端口没有应答" in dead.stderr
    assert "内部端口没有应答" in dead.stderr


def test_a_process_that_is_frozen_is_not_well(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.settings import read

    monkeypatch.setattr("producers.serve.asked.PATIENCE", 0.5)
    port = free_ports(2)
    with started("up", home, port) as running:
        running.process.send_signal(signal.SIGSTOP)
        assert list(unwell(read(home, {"PORT": str(port)}))) == ["public", "inner"]


class Hanging:
    """An engine whose loops came round ``seconds`` ago."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def start(self) -> None: ...

    def stop(self) -> bool:
        return True

    def is_alive(self) -> bool:
        return True

    def still(self) -> float:
        return self.seconds


def test_an_engine_that_hangs_does_not_work_although_its_threads_live() -> None:
    assert works(Hanging(1.0))
    assert not works(Hanging(HANGS))


def test_a_loop_that_hangs_is_seen(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The senders stand in a question to the store; everything else goes round."""
    held, reached = threading.Event(), threading.Event()

    look = town.engine.senders._soonest

    def hang() -> dict[bool | None, datetime | None]:
        reached.set()
        held.wait(20)
        return look()

    monkeypatch.setattr(town.engine.senders, "_soonest", hang)
    monkeypatch.setattr("streams.engine.HANGS", 0.3)
    town.engine.start()
    try:
        assert reached.wait(10)
        _until(lambda: town.engine.senders.pulse.age() > 0.3)
        assert not works(town.engine)
        assert town.engine.is_alive()
        held.set()

        def goes_on() -> bool:
            town.engine.senders.wake()  # this clock stands still
            return town.engine.senders.pulse.age() < 0.3

        _until(goes_on)
    finally:
        held.set()
        town.engine.stop()


def test_readyz_says_that_the_engine_hangs(town: Town) -> None:
    with behind(town, works=lambda: False) as (origin, _):
        answer = ask(origin, "/readyz")
    assert (answer.status, b'"engine":false' in answer.body) == (503, True)


def test_a_sign_is_fresh_only_while_there_is_reason_to_give_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = True
    sign = Sign(tmp_path, lambda: reason)
    monkeypatch.setattr("producers.serve.sign.EVERY", 0.0)

    def grow_old() -> None:
        os.utime(tmp_path / SIGN, (time.time() - OLD - 5, time.time() - OLD - 5))

    grow_old()
    sign.renew()
    fresh = age(tmp_path)
    assert fresh is not None
    assert fresh < EVERY
    reason = False
    grow_old()
    sign.renew()
    old = age(tmp_path)
    assert old is not None
    assert old > OLD
    sign.end()
    assert age(tmp_path) is None


def test_the_sign_of_a_dead_process_is_none(tmp_path: Path, stranger: "subprocess.Popen[bytes]") -> None:
    (tmp_path / SIGN).write_text(str(stranger.pid))
    assert age(tmp_path) is not None
    stranger.kill()
    stranger.wait()
    assert age(tmp_path) is None


def test_a_worker_that_gives_no_sign_is_told_from_one_that_is_not_there(home: Path) -> None:
    gone = asked("worker", home, None, "--health")
    assert gone.returncode == 6
    assert "没有 gongkai worker 在这里运行" in gone.stderr
    Sign(home, lambda: True)
    assert asked("worker", home, None, "--health").returncode == 0
    os.utime(home / SIGN, (1.0, 1.0))
    hangs = asked("worker", home, None, "--health")
    assert hangs.returncode == 6
    assert "没有动静" in hangs.stderr


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_a_process_whose_engine_broke_ends_whatever_hangs_in_it(home: Path) -> None:
    """Whoever started it starts it anew; a thread that waits for ever must not keep it."""
    script = """
import threading
from streams.embedded import Embedded
alive, looks = Embedded.is_alive, iter([True, True])
Embedded.is_alive = lambda self: next(looks, False)
threading.Thread(target=threading.Event().wait).start()
from producers.command import main
main()
"""
    command = [sys.executable, "-c", script, "up"]
    port = free_ports(2)
    ended = subprocess.run(
        command, env=environment(home, port), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 70
    assert "引擎停了" in ended.stderr
