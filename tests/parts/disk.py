"""A small file system of its own, to fill up or to turn read-only."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts import need

HOW = "mounting a small tmpfs needs root and a kernel that lets it"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A tmpfs at ``folder``; gone, with what it holds, at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    need("tmpfs", mount(folder, f"size={megabytes}m") or None, HOW)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def mount(folder: Path, options: str) -> bool:
    """Mount a tmpfs, or change the options of one; false where that cannot be."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def can_mount(scratch: Path) -> bool:
    """Whether there can be one at all."""
    if not mount(scratch, "size=1m"):
        return False
    subprocess.run(["umount", "--lazy", scratch], check=True)
    return True


def fill_up(ballast: Path) -> None:
    """Write ``ballast`` until its file system has not a byte left."""
    with ballast.open("ab", buffering=0) as out:
        for size in (65_536, 4_096, 1):
            try:
                while out.write(bytes(size)):
                    pass
            except OSError:
                continue
