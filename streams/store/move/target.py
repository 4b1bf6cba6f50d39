"""The store that is moved to: empty, or of the same move; refused by everything else until the move is finished."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    NullPool,
    Row,
    Table,
    Text,
    create_engine,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from streams.store.migrate import VERSION, open_store
from streams.store.move.rows import CannotMove, every_table
from streams.store.moved import MOVING, marks, set_version
from streams.store.postgresql import NAME
from streams.store.store import StoreUnavailable, translated
from streams.store.tables import metadata

LOCK = 0x676F6E676D6F7665  # PostgreSQL's advisory lock of whoever moves into the database
WAIT = 10  # seconds for that of a process that was killed to lapse, and for the server to answer
OTHERS = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and application_name = :name and pid <> pg_backend_pid()"
)

coming = Table(
    "gongkai_coming",
    marks,
    Column("id", Text, primary_key=True),  # of the move, as the old store knows it
    Column("source", Text, nullable=False),  # fingerprint of the old store as it was copied; "" to begin anew
    Column("version", Text, nullable=False),  # of the tables here
)
progress = Table(
    "gongkai_coming_table",  # a row for each table, written with each batch: the batch and its mark are one transaction
    marks,
    Column("name", Text, primary_key=True),
    Column("last", Text),  # JSON: the key of the last row that is here
    Column("rows", BigInteger, nullable=False),
    Column("sha256", Text),  # of the whole table, once it was compared
)


class TargetUnavailable(Exception):
    """The new store cannot be used; the old one is as it was."""


@contextmanager
def reached(address: str) -> Iterator[Connection]:
    """A connection for the whole move. Raises ``TargetUnavailable`` and ``StoreUnavailable`` for the databases'."""
    engine = create_engine(
        address.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=NullPool,
        connect_args={
            "options": "-c synchronous_commit=on -c timezone=UTC",
            "connect_timeout": WAIT,
            "application_name": f"{NAME} migrate",
        },
    )
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        if type(error.orig).__module__.startswith("psycopg"):
            raise TargetUnavailable(str(error.orig)) from None
        raise translated(error) from None
    finally:
        engine.dispose()


def alone(connection: Connection) -> None:
    """Hold the target against other moves until the connection ends. Raises ``CannotMove``: one is under way."""
    connection.execute(text(f"set lock_timeout = '{WAIT}s'"))
    try:
        connection.execute(text(f"select pg_advisory_lock({LOCK})"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        raise CannotMove("busy") from None
    connection.commit()


def refuse_others(connection: Connection) -> None:
    """Raises ``CannotMove`` while another of our programs has the database open: it could work on what arrives."""
    if connection.execute(OTHERS, {"name": NAME}).scalar_one():
        raise CannotMove("busy")


def move_in(connection: Connection) -> str | None:
    """The move that was begun into the database and is not finished."""
    if not inspect(connection).has_table(coming.name):
        return None
    return str(connection.execute(select(coming.c.id)).scalar_one())


def is_store(connection: Connection) -> bool:
    """True for the database of a store, whatever is in it."""
    return inspect(connection).has_table("alembic_version")


def under_way(connection: Connection) -> "Row[Any] | None":
    """The move that was begun into the database; None where it is empty. Raises ``CannotMove``: it is not."""
    if (encoding := connection.execute(text("show server_encoding")).scalar_one()) != "UTF8":
        raise CannotMove("encoding", encoding=encoding)
    names = set(inspect(connection).get_table_names())
    if coming.name in names:
        return connection.execute(select(coming)).one()
    ours = [table for table in every_table() if table.name in names]
    others = names - {table.name for table in ours} - {"alembic_version"}
    full = {table.name for table in ours if connection.execute(select(table).limit(1)).first() is not None}
    if others or full:
        raise CannotMove("taken", tables="、".join(sorted(others | full)))
    return None


def begin(connection: Connection, address: str, clock: Clock, *, move: str, source: str) -> bool:
    """Make the target this move's; True when one that was broken off goes on. Raises ``CannotMove``, ``NewerStore``.

    What was copied from an older state of the source is emptied first.
    """
    refuse_others(connection)
    found = under_way(connection)
    if found is not None and found.id != move:
        raise CannotMove("other_move")
    if found is not None and (found.source, found.version) == (source, VERSION):
        connection.commit()
        return True
    if found is not None:
        _empty(connection, found.version)
    connection.commit()
    try:
        open_store(address, clock).close()
    except StoreUnavailable as error:
        raise TargetUnavailable(str(error)) from None
    under_way(connection)
    marks.create_all(connection, tables=[coming, progress])
    connection.execute(coming.insert().values(id=move, source=source, version=VERSION))
    connection.execute(progress.insert(), [{"name": table.name, "rows": 0} for table in every_table()])
    set_version(connection, MOVING)
    connection.commit()
    return False


def begin_anew(connection: Connection) -> None:
    """Have the next run begin from the first row: what is here is not what the old store has."""
    connection.execute(update(coming).values(source=""))
    connection.commit()


def open_up(connection: Connection) -> None:
    """Make the target a store as any other, in the caller's transaction."""
    for table in metadata.sorted_tables:
        counter = table.autoincrement_column
        if counter is None:
            continue
        highest = func.max(counter)
        behind = func.pg_get_serial_sequence(f'"{table.name}"', counter.name)
        connection.execute(select(func.setval(behind, func.coalesce(highest, 1), highest.is_not(None))))
    marks.drop_all(connection, tables=[coming, progress])
    set_version(connection, VERSION)


def _empty(connection: Connection, version: str) -> None:
    there = set(inspect(connection).get_table_names())
    names = ", ".join(f'"{name}"' for name in metadata.tables if name in there)
    connection.execute(text(f"truncate {names} restart identity"))
    marks.drop_all(connection, tables=[coming, progress])
    set_version(connection, version)
