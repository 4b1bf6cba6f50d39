"""The partner of the sample, as a process of its own: ``python -m sandbox``, ended by its number."""

import contextlib
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

START = 15.0  # seconds until it must be up
END = 3.0  # seconds until it is killed


class PartnerFailed(Exception):
    """It did not start; the text is what it said."""


class Partner:
    """The partner ``name`` behind ``url`` (on loopback), from entering to leaving; it starts meanwhile.

    It also ends when this process ends in any other way: its standard input closes then.
    """

    def __init__(self, home: Path, name: str, title: str, url: str) -> None:
        self._home = home
        self.command = [sys.executable, "-m", "sandbox", "--until-eof", "--partner", f"{name}={title}"]
        self.command += ["--home", str(home / "sandbox"), "--secrets", str(home / "secrets")]
        self.command += ["--port", str(urlsplit(url).port)]

    def __enter__(self) -> "Partner":
        with (self._home / "sandbox.log").open("wb") as told:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, from our own configuration
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, start_new_session=True
            )
        return self

    def wait(self) -> None:
        """Until it is up. Raises ``PartnerFailed``."""
        out = self._process.stdout
        assert out is not None  # a pipe, as above
        if not select.select([out], [], [], START)[0] or not out.readline():
            raise PartnerFailed((self._home / "sandbox.log").read_text("utf-8", "replace").strip()[-500:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END)
        self._process.kill()
        self._process.communicate()
