"""Bring a store to this program's version: an older one is copied, then migrated; a newer one is refused."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from streams.store.postgresql import PostgresStore
from streams.store.sqlite import SqliteStore
from streams.store.store import Store, StoreUnavailable, translated

VERSION = "0001"  # the newest revision in migrations/versions; a test compares
KNOWN = ("0001",)


class NewerStore(Exception):
    """The store was written by a newer program; nothing was changed."""


def open_store(url: str, clock: Clock) -> Store:
    """The store at ``sqlite:///file`` or ``postgresql://…``, brought to this version first.

    Raises ``NewerStore``, or ``StoreUnavailable`` when the database cannot be reached or written.
    """
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        _upgrade(url, before=lambda version: _copy(file, version))
        return SqliteStore(file, clock)
    _upgrade(url.replace("postgresql://", "postgresql+psycopg://", 1), before=lambda version: None)
    return PostgresStore(url, clock)


def _upgrade(url: str, *, before: Callable[[str], None]) -> None:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = _version(connection)
        if found == VERSION:
            return
        if found is not None and found not in KNOWN:
            raise NewerStore(f"the store has version {found}, this program knows {VERSION}: use the newer program")
        if found is not None:
            before(found)
        with engine.begin() as connection:
            _migrate(connection)
    except DBAPIError as error:
        raise translated(error) from None
    except OSError as error:
        raise StoreUnavailable(str(error)) from error
    finally:
        engine.dispose()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    from alembic import command  # 100 ms to import, needed only when there is something to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "streams.store:migrations")
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
