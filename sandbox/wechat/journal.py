"""What happened to the account: one appended file of JSON lines, each on disk before anybody hears of it."""

import json
import os
from pathlib import Path
from typing import Any

Entry = dict[str, Any]  # "did" names what happened, "at" says when (ISO 8601)


class Journal:
    """The journal in ``file``; opening it again finds what was there, without a last line that was cut short."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = file.read_bytes() if file.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        self._file = file.open("ab")
        self._file.truncate(len(kept))
        self.entries: list[Entry] = [json.loads(line) for line in kept.splitlines()]

    def write(self, entry: Entry) -> None:
        """Add ``entry``; on disk when this returns."""
        self._file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries.append(entry)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
