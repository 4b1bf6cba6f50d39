"""What every outlet here has: a name, a secret in a file, a conduct, and people who look at its page."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from sandbox.live import Live
from sandbox.misbehave import Conduct, How, Misbehaviour


@dataclass
class Outlet:
    """Its name in addresses, how it is called, its secret's file, its conduct, who looks on."""

    codes: ClassVar[str] = "(?!)"  # the refusals it can be told (``How.CODE``), as a pattern; so far none

    interfaces: ClassVar[bool] = False  # it has several, of which one alone can be told to misbehave (``at``)

    name: str
    title: str
    secret_file: Path
    conduct: Conduct = field(default_factory=Conduct, kw_only=True)
    live: Live = field(default_factory=Live, kw_only=True)

    def knows(self, command: Misbehaviour) -> bool:
        """Whether it can do that."""
        if command.at is not None and not self.interfaces:
            return False
        return command.how is not How.CODE or re.fullmatch(self.codes, command.code) is not None

    def close(self) -> None:
        """Close its files."""


def secret_of(secrets: Path, name: str, make: Callable[[], str]) -> Path:
    """The file of a secret, made where there is none yet; only this user may read it."""
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = secrets / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make() + "\n", "utf-8")
    return file
