"""Stores with something in every table, moved; and what stands in a database, as the database has it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    NullPool,
    Table,
    UniqueConstraint,
    create_engine,
    insert,
    inspect,
    select,
)

from config.clock import DrivenClock
from streams.store.migrate import open_store
from streams.store.move.move import Moved, moving
from streams.store.move.rows import every_table
from streams.store.tables import Instant, metadata

LONG = {"content": 500_000}  # characters of three bytes; 20,000 elsewhere
BY = "林晓"


class Died(BaseException):
    """The process ended here."""


def dies(nth: int, *, after: bool, end: Callable[[], Any]) -> Callable[[], int]:
    """From here on this process calls ``end`` at the ``nth`` commit, in either store; how many there were."""
    passed = 0
    commit, execute = Connection.commit, Connection.exec_driver_sql

    def at(act: Callable[..., Any], *args: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed == nth and not after:
            end()
        value = act(*args)
        if passed == nth:
            end()
        return value

    def committed(self: Connection) -> None:
        at(commit, self)

    def executed(self: Connection, statement: str) -> Any:
        return at(execute, self, statement) if statement == "COMMIT" else execute(self, statement)

    setattr(Connection, "commit", committed)  # noqa: B010  # a method may not be assigned to
    setattr(Connection, "exec_driver_sql", executed)  # noqa: B010  # likewise
    return lambda: passed


def fill(url: str, rows: int = 4) -> None:
    """Put rows into every table, of values at the ends of what its columns take."""
    open_store(url, DrivenClock()).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in every_table():
            known = metadata.tables[table.name].columns
            values = [{one.name: _value(one, number) for one in known} for number in range(1, rows + 1)]
            connection.execute(insert(table), values)
    engine.dispose()


def _value(column: "Column[Any]", number: int) -> Any:
    indexed = column.primary_key or column.name in _indexed(column)
    sign = 1 if column.primary_key else (-1) ** number
    if column.nullable and number % 3 == 0:
        return None
    match column.type:
        case Instant():
            return sign * (1_764_000_000_123_456 + number)
        case LargeBinary():
            return bytes(range(256)) * 300 * number + b"\0"
        case Boolean():
            return number % 2 == 0
        case BigInteger():
            return number if column.primary_key else sign * (2**62 + number)
        case Integer():
            return number if column.primary_key else sign * (2**31 - number)
    if number == 1 and not indexed:
        return "长" * LONG.get(column.name, 20_000)
    return f'{column.name} {number} "引号" 𠮷 0.1 1e400 é e\u0301'


def _indexed(column: "Column[Any]") -> set[str]:
    """The columns of its table that an index holds: PostgreSQL takes no long text in one."""
    assert isinstance(column.table, Table)
    unique = {
        one.name for rule in column.table.constraints if isinstance(rule, UniqueConstraint) for one in rule.columns
    }
    return unique | {one.name for index in column.table.indexes for one in index.columns}


def carried(file: Path, address: str, done: Callable[[int], None] = lambda count: None) -> Moved:
    """The whole move."""
    heads = file.with_name("heads.jsonl")
    with moving(file, address, by=BY, clock=DrivenClock(), heads=heads) as move:
        return move.run(done)


def stands(address: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without the entry that tells of the move itself."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        found = {one.name: [tuple(row) for row in connection.execute(select(one))] for one in every_table()}
    found["audit"] = [row for row in found["audit"] if "store.moved" not in row]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def tables_of(address: str) -> set[str]:
    """What tables there are."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def main(file: str, address: str, nth: str) -> None:
    """Move in a process of its own, which is killed right after the ``nth`` commit."""
    dies(int(nth), after=True, end=lambda: os.kill(os.getpid(), 9))
    carried(Path(file), address)
