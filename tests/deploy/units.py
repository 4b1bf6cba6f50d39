"""The systemd units as data."""

from collections import defaultdict
from pathlib import Path

from tests.source import ROOT

FOLDER = ROOT / "deploy" / "systemd"
PROGRAM = "/opt/gongkai/.venv/bin/gongkai"
NAMES = ("gongkai.service", "gongkai-migrate.service", "gongkai-worker@.service")


def unit(name: str, instance: str = "") -> dict[str, list[str]]:
    """Every value of each key, in order; ``%i`` and ``%l`` put in."""
    found = defaultdict(list)
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key].append(value.replace("%i", instance).replace("%l", "here"))
    return dict(found)


def copied(folder: Path, program: Path) -> list[Path]:
    """The units with the program where it is on this machine, for systemd's own judgement."""
    files = []
    for name in NAMES:
        text = (FOLDER / name).read_text("utf-8").replace(PROGRAM, str(program))
        files.append(folder / name)
        files[-1].write_text(text, "utf-8")
    return files
