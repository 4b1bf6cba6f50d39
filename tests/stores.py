"""Stores that nothing was written to yet: made once for this process, and copied for each test.

To make one, each migration is run in turn: a tenth of a second of the processor. That it makes them what they are is
for ``tests/streams/test_store.py`` to prove.
"""

import tempfile
from functools import cache
from pathlib import Path

from config.clock import SystemClock
from streams.store.migrate import open_store


def lay_store(file: Path) -> None:
    """Put one at ``file``, unless there is one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_made())


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.sqlite"
        open_store(f"sqlite:///{file}", SystemClock()).close()
        return file.read_bytes()
