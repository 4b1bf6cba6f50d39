"""A witness: one appended file of JSON lines, on disk before anybody is told.

It is written by this process alone, in the order in which things came.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Journal:
    """The lines kept in ``file``; opening it again finds what was there, without a last line that was cut short."""

    def __init__(self, file: Path) -> None:
        whole = file.read_bytes() if file.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        self._file = file.open("ab")
        self._file.truncate(len(kept))
        _sync(file.parent)
        self.found: list[dict[str, Any]] = [json.loads(line) for line in kept.splitlines()]

    def write(self, lines: Iterable[dict[str, Any]]) -> None:
        """Append ``lines`` together; they are on disk when this returns."""
        self._file.write(b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
