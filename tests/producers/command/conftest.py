"""The command line over a furnished data folder, and files to give to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from channels import reading
from config.clock import SystemClock
from notices.samples import expand
from producers.command import main
from producers.command.exits import Exit
from tests.source import ROOT

PROGRAM = Path(sys.executable).parent / "gongkai"


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    exit: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON answer; its exit code is the process's."""
        found: dict[str, Any] = json.loads(self.out)
        assert found["exit"] == self.exit
        return found


@dataclass(frozen=True)
class Terminal:
    """``gongkai`` over one data folder."""

    home: Path

    def __call__(self, *args: object, typed: str | None = None) -> Said:
        """Run a command in this process; whatever happens, nobody sees a traceback."""
        words = [str(arg) for arg in (*args, "--home", self.home)]
        result = CliRunner().invoke(main, words, input=typed)
        assert "Traceback" not in result.output
        return Said(result.exit_code, result.stdout, result.stderr)

    def ok(self, *args: object) -> dict[str, Any]:
        """The JSON answer of a command that does what was asked."""
        said = self(*args, "--json")
        assert said.exit == Exit.DONE, said.out
        return said.data

    def start(self, *args: object, **environment: str) -> "subprocess.Popen[str]":
        """Start a command as a process of its own."""
        words = [str(PROGRAM), *map(str, args), "--home", str(self.home)]
        env = os.environ | {"PYTHONPATH": str(ROOT)} | environment
        return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def process(self, *args: object, **environment: str) -> Said:
        """Run a command as a process of its own."""
        process = self.start(*args, **environment)
        out, err = process.communicate(timeout=100)
        assert "Traceback" not in out + err
        return Said(process.returncode, out, err)


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command speaks a language and logs for its process; here it is the tests' own."""
    for name in ("GONGKAI_LANG", "GONGKAI_USER", "GONGKAI_HOME", "COLUMNS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module", autouse=True)
def _read_back_once() -> Iterator[None]:
    """Nobody serves what is published here. It is read back at once and then after 5 s, not after 1 s and 2 s more:

    ``--wait`` waits for what is read back within 3 s. Commands that run as processes keep to the schedule.
    """
    first, _, _, *later = reading._gaps()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_gaps", lambda: (first, *later))
        yield


@pytest.fixture
def gongkai(home: Path) -> Terminal:
    """The command line over two offices, each with a site and feeds that nobody serves."""
    return Terminal(home)


@pytest.fixture
def no_store(home: Path) -> None:
    """Nothing was opened in the data folder yet."""
    (home / "gongkai.sqlite").unlink()


@dataclass(frozen=True)
class Desk:
    """Where files lie that somebody wants to publish."""

    folder: Path
    now: datetime = field(default_factory=lambda: SystemClock().now())  # of all of it: a minute later is another notice

    def file(
        self,
        title: str,
        *front: str,
        of: str = "rsj",
        channels: str = "website, feed",
        replace: tuple[str, str] = ("", ""),
    ) -> Path:
        """A sound notice called ``title``; ``front`` are further lines, ``replace`` changes the text."""
        source = expand((ROOT / "samples" / "t05-cases-completed.md").read_text("utf-8"), self.now)
        lines = [line for line in source.splitlines() if not line.startswith(("标题:", "发文机关:", "渠道:"))]
        given = [f"标题: {title}", f"发文机关: {of}", f"渠道: [{channels}]", *front]
        path = self.folder / f"{title}.md"
        path.write_text("\n".join([lines[0], *given, *lines[1:], ""]).replace(*replace), "utf-8")
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty desk."""
    (tmp_path / "desk").mkdir()
    return Desk(tmp_path / "desk")
