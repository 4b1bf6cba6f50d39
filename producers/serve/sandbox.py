"""The outlets of the sample, as a process of their own: ``python -m sandbox``, ended by its number.

One that dies, as it does when it is told to misbehave so, comes back.
"""

import contextlib
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import structlog

START = 15.0  # seconds until it must be up
END = 3.0  # seconds until it is killed
AWAY = 2.0  # seconds that one which died stays away: long enough to be missed, and none that cannot live spins

log = structlog.get_logger()


class SandboxFailed(Exception):
    """It did not start; the text is what it said."""


class Sandbox:
    """``partners`` and ``robots`` (title by name) on ``port`` here, from entering to leaving; it starts meanwhile.

    ``wechat`` is APPID=TITLE of an official account beside it. It also ends when this process ends in any other
    way: its standard input closes then.
    """

    def __init__(
        self, home: Path, partners: Mapping[str, str], robots: Mapping[str, str], port: int, *, wechat: str = ""
    ) -> None:
        self._home = home
        self._leaving = threading.Event()
        self._starting = threading.Lock()
        self._minding = threading.Thread(target=self._mind, name="sandbox", daemon=True)
        self.command = [sys.executable, "-m", "sandbox", "--until-eof", "--port", str(port)]
        self.command += [word for name, title in partners.items() for word in ("--partner", f"{name}={title}")]
        self.command += [word for name, title in robots.items() for word in ("--robot", f"{name}={title}")]
        self.command += ["--home", str(home / "sandbox"), "--secrets", str(home / "secrets")]
        self.command += ["--wechat", wechat] if wechat else []

    def __enter__(self) -> "Sandbox":
        (self._home / "sandbox.log").write_bytes(b"")
        self._process = self._start()
        return self

    def wait(self) -> None:
        """Until it is up; from then on one that dies is started again. Raises ``SandboxFailed``."""
        out = self._process.stdout
        assert out is not None  # a pipe, as below
        if not select.select([out], [], [], START)[0] or not out.readline():
            raise SandboxFailed((self._home / "sandbox.log").read_text("utf-8", "replace").strip()[-500:])
        self._minding.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._starting:  # after this none is started
            self._leaving.set()
        self._end(self._process)
        if self._minding.ident is not None:
            self._minding.join()

    def _start(self) -> "subprocess.Popen[bytes]":
        with (self._home / "sandbox.log").open("ab") as told:
            return subprocess.Popen(  # noqa: S603 - our own program, from our own configuration
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, start_new_session=True
            )

    def _mind(self) -> None:
        while True:
            code = self._process.wait()
            if self._leaving.is_set():
                return
            log.warning("sandbox_died", code=code)
            self._leaving.wait(AWAY)
            with self._starting:
                if self._leaving.is_set():
                    return
                self._end(self._process)
                self._process = self._start()
            log.info("sandbox_started")

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END)
        process.kill()
        process.communicate()
