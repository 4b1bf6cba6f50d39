"""Bring a store to this program's version: an older one is copied, then migrated; a newer one is refused."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from streams.store.moved import refuse_moved
from streams.store.postgresql import PostgresStore
from streams.store.sqlite import BUSY, SqliteStore
from streams.store.store import Store, StoreUnavailable, translated

VERSION = "0013"  # the newest revision in migrations/versions; a test compares
KNOWN = tuple(f"{number:04}" for number in range(1, int(VERSION) + 1))
SCRIPTS = "streams.store:migrations"
LOCK = 0x676F6E676B6169  # "gongkai": PostgreSQL's advisory lock of whoever migrates


class NewerStore(Exception):
    """The store was written by a newer program; nothing was changed."""


def open_store(url: str, clock: Clock) -> Store:
    """The store at ``sqlite:///file`` or ``postgresql://…``, brought to this version first.

    Raises ``NewerStore``, ``MovedStore``, ``UnfinishedMove``, or ``StoreUnavailable`` when the database cannot be
    reached or written.
    """
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        _upgrade(url, before=lambda version: _copy(file, version))
        return SqliteStore(file, clock)
    _upgrade(url.replace("postgresql://", "postgresql+psycopg://", 1), before=lambda version: None)
    return PostgresStore(url, clock)


def stored_version(url: str) -> str | None:
    """The version of the store at ``url``; None while there is none. Changes nothing.

    Raises ``StoreUnavailable`` when the database cannot be reached.
    """
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return None  # to connect would make the file
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            return _version(connection)
    except DBAPIError as error:
        raise translated(error) from None
    finally:
        engine.dispose()


def _upgrade(url: str, *, before: Callable[[str], None]) -> None:
    """All of it in one transaction, which one process at a time may have."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        engine.update_execution_options(isolation_level="AUTOCOMMIT")  # the driver's transactions leave out DDL
    try:
        with engine.connect() as connection:
            if _version(connection) == VERSION:
                return
        with engine.connect() as connection:
            _hold(connection)
            found = _version(connection)
            if found == VERSION:
                return
            refuse_moved(connection, found)
            if found is not None and found not in KNOWN:
                raise NewerStore(f"the store has version {found}, this program knows {VERSION}: use the newer program")
            if found is not None:
                before(found)
            _migrate(connection)
            connection.commit()
    except DBAPIError as error:
        raise translated(error) from None
    except OSError as error:
        raise StoreUnavailable(str(error)) from error
    finally:
        engine.dispose()


def _hold(connection: Connection) -> None:
    """Keep other processes out until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    from alembic import command  # 100 ms to import, needed only when there is something to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy(file: Path, version: str) -> None:
    """A consistent copy beside the file, complete before it gets its name."""
    copy = file.with_name(f"{file.name}.before-{VERSION}-was-{version}")
    part = copy.with_suffix(".part")
    source, target = sqlite3.connect(file), sqlite3.connect(part)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    shutil.move(part, copy)
