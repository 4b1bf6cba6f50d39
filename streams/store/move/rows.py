"""Rows as both databases keep them: in batches of bounded size, with a digest that is alike on both."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Row, Table, TypeDecorator, select, tuple_

from streams.store.tables import metadata

ROWS = 500  # at most in a batch
BYTES = 4 * 2**20  # about as much in a batch, or one row: what is in memory at a time

Key = tuple[Any, ...]
Batch = Sequence["Row[Any]"]


class CannotMove(Exception):
    """The store cannot be moved there: ``reason`` names the message, ``values`` are put into it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason, values)
        self.reason = reason  # taken | other_move | busy | encoding | unfit | nothing
        self.values = values


def every_table() -> list[Table]:
    """Every table of the store; one that is added there is moved too."""
    return [plain(table) for table in metadata.sorted_tables]


def plain(table: Table) -> Table:
    """``table`` with values as the database has them: an instant is a number, which no conversion can change."""
    columns = [
        Column(
            one.name,
            one.type.impl if isinstance(one.type, TypeDecorator) else one.type,
            primary_key=one.primary_key,
            autoincrement=False,
        )
        for one in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


def key_of(table: Table, row: "Row[Any]") -> Key:
    """The row's primary key."""
    return tuple(row._mapping[column.name] for column in table.primary_key.columns)


def batches(connection: Connection, table: Table, after: Key | None = None) -> Iterator[Batch]:
    """The rows of ``table`` behind ``after`` in the order of their keys; read one by one, so that none waits."""
    keys = list(table.primary_key.columns)
    wanted = select(table).order_by(*keys)
    if after is not None:
        wanted = wanted.where(tuple_(*keys) > after)
    batch: list[Row[Any]] = []
    size = 0
    for row in connection.execute(wanted, execution_options={"stream_results": True}):
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) >= ROWS or size >= BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def rows_at(connection: Connection, table: Table, wanted: Sequence[Key]) -> "dict[Key, Row[Any]]":
    """The rows of ``table`` that have the keys ``wanted``."""
    keys = list(table.primary_key.columns)
    found = connection.execute(select(table).where(tuple_(*keys).in_(wanted)))
    return {key_of(table, row): row for row in found}


def digest(row: "Row[Any]") -> bytes:
    """SHA-256 over the row's values, each with its kind and length: no value can run into the next."""
    told = sha256()
    for value in row:
        told.update(_canonical(value))
    return told.digest()


def _canonical(value: Any) -> bytes:
    match value:
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case int():
            return b"i%d;" % value
        case float():
            return b"r" + value.hex().encode() + b";"
        case str():
            body = value.encode()
            return b"s%d;" % len(body) + body
        case _:
            body = bytes(value)
            return b"b%d;" % len(body) + body
