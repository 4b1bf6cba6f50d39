"""What a crash would leave behind, planted into a store."""

import sqlite3
from contextlib import closing
from pathlib import Path


def unknown(home: Path) -> str:
    """Make the first part of the store one whose answer was never seen; its name."""
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        delivery, number = store.execute("select delivery, number from part order by delivery, number").fetchone()
        store.execute(
            "update part set state = 'unknown', due_at = null where delivery = ? and number = ?", (delivery, number)
        )
    return f"{delivery}.{number}"
