"""Jars by Maven: ``poms/<name>.xml`` says what, ``.cache/jars/<name>`` has it."""

import shutil
import subprocess
from functools import cache, partial
from pathlib import Path

from tests.parts import fetched, need

POMS = Path(__file__).parent / "poms"
HOW = "install Maven (Debian: apt-get install maven), which fetches jars"


@cache
def find_jars(name: str) -> Path | None:
    """The folder with the jars of ``poms/<name>.xml``, or None where they cannot be had."""
    pom = POMS / f"{name}.xml"
    try:
        return fetched(f"jars/{name}", pom.read_bytes(), partial(_copy_jars, pom))
    except FileNotFoundError:  # no mvn
        return None


def jars(name: str) -> Path:
    """The folder with the jars of ``poms/<name>.xml``; see ``tests.parts.need``."""
    return need("java", find_jars(name), HOW)


def _copy_jars(pom: Path, folder: Path) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise FileNotFoundError("mvn")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    command: list[str | Path] = [mvn, "-B", "-q", "-f", pom, *goal]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode:
        raise RuntimeError(f"Maven could not fetch the jars of {pom.name}:\n{answer.stdout}{answer.stderr}")
