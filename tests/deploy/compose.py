"""``docker-compose.yml`` as compose reads it, and what of it can be run without containers."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.source import ROOT

FILE = ROOT / "docker-compose.yml"
OURS = ("migrate", "web", "worker", "sandbox")
SETTINGS = {"POSTGRES_PASSWORD": "not-asked-for"}  # what .env holds
BLANK = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\}")


class Unset(Exception):
    """A variable that must be set is not."""


def raw() -> dict[str, Any]:
    """The file, anchors and merges resolved, variables as they are written."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def services(settings: Mapping[str, str] = SETTINGS) -> dict[str, dict[str, Any]]:
    """Its services with the variables of ``settings`` put in. Raises ``Unset``."""
    found: dict[str, dict[str, Any]] = _filled(raw()["services"], settings)
    return found


def _filled(value: Any, settings: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, settings) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, settings) for one in value]
    if isinstance(value, str):
        return BLANK.sub(lambda blank: _value(blank, settings), value)
    return value


def _value(blank: "re.Match[str]", settings: Mapping[str, str]) -> str:
    if found := settings.get(blank["name"]):
        return found
    if blank["how"] != "-":
        raise Unset(blank["name"])
    return str(blank["text"])


def seconds(text: str) -> float:
    """A duration as compose writes it: ``90s``."""
    assert text.endswith("s")
    return float(text.removesuffix("s"))


@dataclass(frozen=True)
class Native:
    """A service without its container: what stands in it is put for what stands here."""

    service: Mapping[str, Any]
    places: Mapping[str, str]  # text in the file → here; the longest that fits
    programs: Mapping[str, list[str]]  # a command's first word → here
    surroundings: Mapping[str, str]  # of every process

    @property
    def command(self) -> list[str]:
        """What the container's first process is: our image's is ``gongkai``."""
        return self._here(["gongkai", *self.service["command"]])

    @property
    def environment(self) -> dict[str, str]:
        """What it is told."""
        told = {name: self._placed(text) for name, text in self.service.get("environment", {}).items()}
        return {**self.surroundings, **told}

    def start(self, output: Path) -> "subprocess.Popen[bytes]":
        """Run it; what it says goes to ``output``."""
        with output.open("ab") as told:
            return subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=told, stderr=told, cwd="/"
            )

    def health(self, most: float = 60) -> int:
        """The exit code of its health check, asked as the engine asks: with its time limit; 1 when that is over.

        ``most``: seconds after which no better answer is to be expected.
        """
        check = self.service["healthcheck"]
        kind, *words = check["test"]
        assert kind == "CMD"
        try:
            limit = min(most, seconds(check["timeout"]))
            asked = subprocess.run(
                self._here(words), env=self.environment, capture_output=True, timeout=limit, check=False, cwd="/"
            )
        except subprocess.TimeoutExpired:
            return 1
        return asked.returncode

    def _here(self, words: list[str]) -> list[str]:
        first, *others = words
        return [*self.programs.get(first, [first]), *map(self._placed, others)]

    def _placed(self, text: str) -> str:
        there = re.compile("|".join(map(re.escape, sorted(self.places, key=len, reverse=True))))
        return there.sub(lambda found: self.places[found[0]], text)
