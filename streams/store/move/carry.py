"""Copy: every row, batch by batch; each batch and the mark of how far it reached are one transaction."""

import json
from collections.abc import Callable

from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from streams.store.move.rows import Batch, CannotMove, Key, batches, key_of
from streams.store.move.target import progress

# of a value that is no value of its column: SQLite takes a text for a number, and a NUL in a text
UNFIT = (DataError, IntegrityError, ProgrammingError, TypeError, ValueError)


def carry(source: Connection, target: Connection, table: Table, done: Callable[[int], None]) -> None:
    """Copy what of ``table`` is not in the target yet. Raises ``CannotMove`` for a row that PostgreSQL cannot keep."""
    mark = target.execute(select(progress).where(progress.c.name == table.name)).one()
    target.commit()
    done(mark.rows)
    after: Key | None = tuple(json.loads(mark.last)) if mark.last else None
    rows = mark.rows
    for batch in batches(source, table, after):
        rows += len(batch)
        _put(target, table, batch)
        last = json.dumps(key_of(table, batch[-1]), ensure_ascii=False)
        target.execute(update(progress).where(progress.c.name == table.name).values(last=last, rows=rows))
        target.commit()
        done(len(batch))


def _put(target: Connection, table: Table, batch: Batch) -> None:
    values = [dict(row._mapping) for row in batch]
    try:
        with target.begin_nested():
            target.execute(insert(table), values)
    except UNFIT:  # which of them is it?
        for row, value in zip(batch, values, strict=True):
            try:
                with target.begin_nested():
                    target.execute(insert(table), value)
            except UNFIT as error:
                key = "/".join(map(str, key_of(table, row)))
                raise CannotMove("unfit", table=table.name, key=key, cause=str(getattr(error, "orig", error))) from None
        raise
