"""The least that wakes: sleep until the instant, one row in a file of its own, synced."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path


def lateness(folder: Path, instants: Iterable[float]) -> list[float]:
    """Seconds after each of ``instants`` (of ``time.time``) at which its row is durable."""
    late = []
    with sqlite3.connect(folder / "bare.sqlite", isolation_level=None) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE fired (at REAL)")
        for instant in instants:
            time.sleep(max(0.0, instant - time.time()))
            connection.execute("INSERT INTO fired VALUES (?)", (instant,))
            late.append(time.time() - instant)
    connection.close()
    return late
