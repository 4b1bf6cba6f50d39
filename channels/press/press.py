"""The parent's side of the compositor: one worker process, a time limit on every request, a new one after a kill."""

import atexit
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from math import ceil
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any

from channels.base import TryAgain
from config.clock import SHANGHAI
from config.fonts import fonts

ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # no secret reaches the worker
COMPOSITOR = Path(__file__).with_name("compositor.py")
_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class NotSet(Exception):
    """typst refused the source; ``diagnostic`` shows where."""

    def __init__(self, message: str, diagnostic: str) -> None:
        super().__init__(message)
        self.diagnostic = diagnostic

    @property
    def missing(self) -> list[str]:
        """The characters that no font has, each once."""
        return list(dict.fromkeys(unescaped(text) for text in _GLYPH.findall(self.diagnostic)))


class Stopped(TryAgain):
    """The worker took longer than it may and was killed, or died over its work."""


@dataclass(frozen=True)
class Settings:
    """How long and how large the worker may get: ``config/press.toml``."""

    seconds: float  # for one request
    idle_seconds: float  # then the worker ends by itself
    megabytes: int  # of address space

    @staticmethod
    @cache
    def read() -> "Settings":
        """The settings of this installation."""
        return Settings(**tomllib.loads((files("config") / "press.toml").read_text("utf-8")))


class Press:
    """Sets typst in a worker process. Safe to use from several threads: one request at a time."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings.read()
        self._lock = Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text, in order; together they are the text."""
        words: list[list[str]] = self._ask({"do": "cut", "texts": list(texts)})[0]["words"]
        return words

    def set_page(self, source: str, form: Mapping[str, Any], timestamp: int) -> bytes:
        """The page that ``source`` describes, in one of typst's forms: ``format`` and what belongs to it.

        Raises ``NotSet`` when typst refuses it or warns, ``Stopped`` when it takes more time or memory than it may.
        """
        answer, page = self._ask({"do": "set", "source": source, "form": dict(form), "timestamp": timestamp})
        if "error" in answer:
            raise NotSet(answer["error"], answer["diagnostic"])
        return page

    def close(self) -> None:
        """End the worker. The press can be used again."""
        with self._lock:
            self._end()

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        body = json.dumps(request).encode()
        with self._lock:
            try:
                return self._exchange(body)
            except (EOFError, OSError):  # it had gone home between two requests: asking again changes nothing
                self._end()
            try:
                return self._exchange(body)
            except (EOFError, OSError):
                self._end()
                raise Stopped("the typesetting worker died over its work, twice") from None

    def _exchange(self, body: bytes) -> tuple[dict[str, Any], bytes]:
        line = self._line or self._start()
        line.send_bytes(body)
        if not line.poll(self._settings.seconds):
            self._end()
            raise Stopped(f"typesetting took longer than {self._settings.seconds:g} s")
        answer: dict[str, Any] = json.loads(line.recv_bytes())
        return answer, line.recv_bytes()

    def _start(self) -> Connection:
        folder, limits = fonts(), self._settings
        alarm = ceil(limits.seconds) + 1  # its own, for when nobody is left to kill it
        ours, theirs = Pipe()
        with theirs:
            words = [COMPOSITOR, theirs.fileno(), folder, alarm, limits.idle_seconds, limits.megabytes]
            self._worker = subprocess.Popen(  # noqa: S603 - our own program, numbers and a folder
                [sys.executable, "-I", *map(str, words)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the parent's
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            )
        self._line = ours
        return ours

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
        self._line = self._worker = None


def unescaped(text: str) -> str:
    """What typst quotes, as it was written."""
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def timestamp(issued_on: date) -> int:
    """The time in a file: noon of the day of issue, so that equal input makes equal bytes."""
    return int(datetime.combine(issued_on, time(12), SHANGHAI).timestamp())


@cache
def press() -> Press:
    """The one press of this process; its worker ends with the process."""
    shared = Press()
    atexit.register(shared.close)
    return shared
