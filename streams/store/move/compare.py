"""Compare: every row of the old store with the one in the new store, read again from there; then the counts."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Table, func, select, update

from streams.store.move.rows import Batch, Key, batches, digest, key_of, rows_at
from streams.store.move.target import progress
from streams.store.tables import blob


@dataclass(frozen=True)
class Difference:
    """The first thing in a table that is not alike."""

    table: str
    key: str
    what: str  # missing | other | extra


@dataclass(frozen=True)
class Compared:
    """A table that was looked at: how many rows, one SHA-256 over them in the order of their keys."""

    table: str
    rows: int
    sha256: str


class Differs(Exception):
    """The new store does not have what the old one has; the old one is as it was."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__(differences)
        self.differences = differences


def compare(source: Connection, target: Connection, table: Table, done: Callable[[int], None]) -> Compared | Difference:
    """Read all of ``table`` on both sides. What was compared is written down in the target."""
    whole = sha256()
    rows = 0
    for batch in batches(source, table):
        rows += len(batch)
        if found := _first_difference(target, table, batch, whole.update):
            target.rollback()
            return found
        done(len(batch))
    if target.execute(select(func.count()).select_from(table)).scalar_one() != rows:
        extra = _extra(source, target, table)
        target.rollback()
        return Difference(table.name, _shown(extra), "extra")
    compared = Compared(table.name, rows, whole.hexdigest())
    target.execute(update(progress).where(progress.c.name == table.name).values(sha256=compared.sha256))
    target.commit()
    return compared


def altered_blobs(connection: Connection) -> list[str]:
    """Bytes that are not those of their hash, by the hash."""
    wanted = select(blob.c.sha256, blob.c.body)
    rows = connection.execute(wanted, execution_options={"stream_results": True, "yield_per": 1})
    return [row.sha256 for row in rows if sha256(row.body).hexdigest() != row.sha256]


def _first_difference(
    target: Connection, table: Table, batch: Batch, tell: Callable[[bytes], None]
) -> Difference | None:
    keys = [key_of(table, row) for row in batch]
    there = rows_at(target, table, keys)
    for key, row in zip(keys, batch, strict=True):
        found = there.get(key)
        if found is None:
            return Difference(table.name, _shown(key), "missing")
        expected = digest(row)
        if digest(found) != expected:
            return Difference(table.name, _shown(key), "other")
        tell(expected)
    return None


def _extra(source: Connection, target: Connection, table: Table) -> Key:
    """A key that only the target has; there is one, as it has more rows."""
    for batch in batches(target, table):
        keys = [key_of(table, row) for row in batch]
        known = rows_at(source, table, keys)
        for key in keys:
            if key not in known:
                return key
    raise AssertionError(table.name)  # every row of the source was found there


def _shown(key: Key) -> str:
    return "/".join(map(str, key))
