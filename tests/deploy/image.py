"""``Dockerfile`` and ``.dockerignore`` as data: what the image is made of."""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.source import ROOT


@dataclass(frozen=True)
class Step:
    """One instruction, its lines joined."""

    word: str
    text: str


def stages() -> list[list[Step]]:
    """The steps of each stage, ``FROM`` first."""
    found: list[list[Step]] = []
    for step in _steps():
        if step.word == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def _steps() -> Iterator[Step]:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        yield Step(word, " ".join(rest.split()))


def sent() -> list[str]:
    """The names that ``.dockerignore`` lets through to ``COPY . .``; everything else is left out."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    return [rule.removeprefix("!") for rule in rules if rule.startswith("!")]


def is_sent(file: Path) -> bool:
    """Whether ``file``, relative to the repository, comes into the image."""
    if any(fnmatch.fnmatch(part, "__pycache__") for part in file.parts):
        return False
    return any(file == Path(name) or Path(name) in file.parents for name in sent())
