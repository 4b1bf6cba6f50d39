"""What a move would carry, before anything is written anywhere."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, LargeBinary, Table, Text, cast, create_engine, func, inspect, select
from sqlalchemy.exc import DBAPIError

from streams.store.move import source as old
from streams.store.move.rows import every_table
from streams.store.moved import MovedStore
from streams.store.store import translated

NUMBER = 8  # bytes that a number, an instant or a truth value counts as


@dataclass(frozen=True)
class Measure:
    """How much is in a table: texts and bytes as long as they are."""

    table: str
    rows: int
    bytes: int


def measure(file: Path) -> list[Measure]:
    """Every table of the store in ``file``, also of an older version; it may be in use.

    Raises ``CannotMove`` where there is none, ``MovedStore``, or ``StoreUnavailable``.
    """
    if left := old.left(file):
        raise MovedStore(left.address)
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            names = {one.name: one for one in every_table() if inspect(connection).has_table(one.name)}
            return [_measured(connection, table) for table in names.values()]
    except DBAPIError as error:
        raise translated(error) from None
    finally:
        engine.dispose()


def _measured(connection: Connection, table: Table) -> Measure:
    there = {one["name"] for one in inspect(connection).get_columns(table.name)}
    columns = [one for one in table.columns if one.name in there]
    long = [one for one in columns if isinstance(one.type, Text | LargeBinary)]
    sizes = [func.coalesce(func.sum(func.length(cast(one, LargeBinary))), 0) for one in long]
    rows, *bytes_ = connection.execute(select(func.count(), *sizes).select_from(table)).one()
    return Measure(table.name, rows, sum(bytes_) + rows * NUMBER * (len(columns) - len(long)))
