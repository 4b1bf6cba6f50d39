"""From a fresh clone to the first page: ``git clone``, ``make run``, nothing else; against installing the packages."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, seconds
from benchmarks.process import answers, free_ports
from tests.source import ROOT

PATIENCE = 900.0  # seconds
FRESH = {"PIP_NO_CACHE_DIR": "1"}


def measure() -> Iterator[Figure]:
    """Both download everything anew."""
    with TemporaryDirectory() as folder:
        bare = seconds(lambda: install(Path(folder)))
        ours = seconds(lambda: first_page(Path(folder)))
    yield Figure("clone to first page (bare: the packages)", ours, bare, "s", 2)


def install(folder: Path) -> None:
    """An environment with the packages that the program needs."""
    quietly([sys.executable, "-m", "venv", folder / "bare"])
    pip: list[str | Path] = [
        folder / "bare/bin/python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    quietly([*pip, "--require-hashes", "-r", ROOT / "requirements/product.txt"])


def first_page(folder: Path) -> None:
    """Clone, run, and read the site's first page."""
    quietly(["git", "clone", "--quiet", ROOT, folder / "clone"])
    port = free_ports(3)
    environment = {**os.environ, **FRESH, "PORT": str(port), "GONGKAI_HOME": str(folder / "home")}
    run = subprocess.Popen(
        ["make", "run"],
        cwd=folder / "clone",
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        begun = time.monotonic()
        while not answers(port):
            if run.poll() is not None or time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"make run ended with {run.poll()}")
            time.sleep(0.05)
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(60)


def quietly(command: Sequence[str | Path]) -> None:
    """Run it to its end."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **FRESH})
