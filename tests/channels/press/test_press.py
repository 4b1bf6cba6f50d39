"""The worker that sets posters: killed when it takes too much, replaced at once, gone when idle; equal bytes always."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import psutil
import pytest

from channels.press.press import NotSet, Press, Settings, Stopped
from config.fonts import CACHE, FontsMissing, fetch, fonts
from tests.source import ROOT

PAGE = '#set document(title: "海报")\n#set page(width: 200pt, height: 100pt)\n#set text(font: "Noto Sans SC")\n'
PDF = {"format": "pdf", "pdf_standards": ["a-2a", "ua-1"]}
FOREVER = PAGE + "#for i in range(10000) { for j in range(10000) { let x = calc.pow(j, 2) } }"


@pytest.fixture
def make() -> Iterator[Callable[..., Press]]:
    made: list[Press] = []

    def press(seconds: float = 60, idle: float = 60, megabytes: int = 2048) -> Press:
        made.append(Press(Settings(seconds, idle, megabytes)))
        return made[-1]

    yield press
    for one in made:
        one.close()


def workers() -> list[psutil.Process]:
    """The compositors of this process that run now."""
    children = psutil.Process().children()
    return [
        one for one in children if one.status() != psutil.STATUS_ZOMBIE and "compositor.py" in " ".join(one.cmdline())
    ]


def test_a_runaway_template_is_killed_and_the_next_poster_is_set(make: Callable[..., Press]) -> None:
    press = make(seconds=5)
    assert press.set_page(PAGE + "好", PDF, 0)
    (worker,) = workers()
    with pytest.raises(Stopped, match="longer than 5 s"):
        press.set_page(FOREVER, PDF, 0)
    assert not worker.is_running()
    assert press.set_page(PAGE + "好", PDF, 0)


def test_a_greedy_template_kills_only_its_worker(make: Callable[..., Press]) -> None:
    press = make(megabytes=1024)
    with pytest.raises(Stopped, match="died over its work"):
        press.set_page(PAGE + "#let x = range(2000000000)", PDF, 0)
    assert press.set_page(PAGE + "好", PDF, 0)


def test_an_idle_worker_goes_home_and_a_new_one_comes(make: Callable[..., Press]) -> None:
    press = make(idle=0.05)
    first = press.set_page(PAGE + "好", PDF, 0)
    _, left = psutil.wait_procs(workers(), timeout=20)
    assert left == []
    assert press.set_page(PAGE + "好", PDF, 0) == first


def test_a_worker_killed_under_way_costs_a_new_try_and_nothing_else(make: Callable[..., Press]) -> None:
    press = make()
    first = press.set_page(PAGE + "好", PDF, 0)
    (worker,) = workers()
    worker.kill()
    worker.wait()
    assert press.set_page(PAGE + "好", PDF, 0) == first


ORPHAN = """
import sys
from channels.press.press import Press, Settings
press = Press(Settings(3, 60, 2048))
press.cut(["醒"])
print(press._worker.pid, flush=True)
press.set_page(sys.argv[1], {"format": "pdf"}, 0)
"""


def test_a_worker_ends_although_nobody_is_left_to_kill_it() -> None:
    command = [sys.executable, "-c", ORPHAN, FOREVER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        idle = worker.cpu_times().user
        while worker.cpu_times().user < idle + 0.3:  # until it is lost in its work
            Event().wait(0.02)
        parent.kill()
    _, left = psutil.wait_procs([worker], timeout=30)
    assert left == []


def test_a_warning_is_an_error(make: Callable[..., Press]) -> None:
    with pytest.raises(NotSet, match="unknown font family"):
        make().set_page(PAGE + '#set text(font: "Nobody Sans")\n好', PDF, 0)


def test_no_file_can_be_read(make: Callable[..., Press]) -> None:
    press = make()
    for path in ("/etc/passwd", "../../etc/passwd", "kit.typ"):
        with pytest.raises(NotSet, match=r"denied|not found|escape"):
            press.set_page(f'{PAGE}#read("{path}")', PDF, 0)


def test_words_are_the_text(make: Callable[..., Press]) -> None:
    assert make().cut(["公开招聘社区工作者40名", ""]) == [["公开", "招聘", "社区", "工作者", "40", "名"], []]


RENDER = """
import hashlib, pathlib
from channels.press.press import press
from tests.channels.poster.conftest import rendition
print(rendition("t09-hall-outage").sha256)
press().close()
"""


def test_equal_input_makes_equal_bytes_in_every_process() -> None:
    command = [sys.executable, "-c", RENDER]
    prints = [
        subprocess.run(
            command, cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "4711")
    ]
    assert len(prints[0]) == 65
    assert prints[0] == prints[1]


# -- fonts -----------------------------------------------------------------------------------------


def test_missing_fonts_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"NotoSansSC_400Regular\.ttf.*make setup"):
        fonts({"GONGKAI_FONTS": str(tmp_path)})


def test_a_folder_may_be_named(tmp_path: Path) -> None:
    for file in CACHE.glob("*.ttf"):
        (tmp_path / file.name).symlink_to(file)
    assert fonts({"GONGKAI_FONTS": str(tmp_path)}) == tmp_path


def test_fonts_are_fetched_once() -> None:
    assert fonts({}) == CACHE
    assert fetch() is False
