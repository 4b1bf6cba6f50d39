"""What every publication asks of SQLite is planned once: later ones find their statements ready."""

import sqlite3
from collections import Counter
from pathlib import Path

from sqlalchemy import Engine, event

from streams.embedded import Embedded
from tests.streams.installation import Installation


def test_a_publication_like_the_last_one_has_nothing_planned_anew(tmp_path: Path) -> None:
    """SQLite asks the authorizer what a statement may touch whenever it plans one, and at no other time."""
    planned: Counter[tuple[str | None, str | None]] = Counter()

    def authorize(action: int, table: str | None, column: str | None, _base: str | None, _by: str | None) -> int:
        planned[table, column] += 1
        return sqlite3.SQLITE_OK

    def watch(connection: sqlite3.Connection, _: object) -> None:
        connection.set_authorizer(authorize)

    event.listen(Engine, "connect", watch)
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    here.endpoint("daily")
    engine = Embedded(here.store, here.outlets, token="t")
    for name in ("first", "second", "third"):
        planned.clear()
        here.release(name)
        engine.run_until_idle()
        assert here.states(name) == {"daily": ["delivered"]}
    event.remove(Engine, "connect", watch)
    here.store.close()
    assert not planned
