"""A file of JSON lines that only grows: what an outlet keeps is on disk before it says so."""

import json
import os
from pathlib import Path
from typing import Any


class Lines:
    """The lines in ``file``; opening it again finds what was there, without a last one that was cut short."""

    def __init__(self, file: Path) -> None:
        whole = file.read_bytes() if file.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        self._file = file.open("ab")
        self._file.truncate(len(kept))
        self._sync(file.parent)
        self.found: list[dict[str, Any]] = [json.loads(line) for line in kept.splitlines()]

    def append(self, line: dict[str, Any]) -> None:
        """Write one; on disk when this returns."""
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @staticmethod
    def _sync(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
