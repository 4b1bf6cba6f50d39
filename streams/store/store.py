"""Reading and writing the store: one contract, kept by ``SqliteStore`` and ``PostgresStore``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.sql.dml import Insert, ReturningInsert

from config.clock import Clock
from streams.events import Event, encode
from streams.store import tables

T = TypeVar("T")
R = TypeVar("R")
BLOB = select(tables.blob.c.body).where(tables.blob.c.sha256 == bindparam("of"))


class StoreUnavailable(Exception):
    """The database could not take or give it (full, read-only, gone, locked); nothing was changed."""


# the database's own trouble, nobody's data's; the third: somebody went on with a line that was cut
FAILING = (OperationalError, InterfaceError, PendingRollbackError, StoreUnavailable)


class Tx:
    """One transaction: rows through ``connection``, events through ``emit``; both or neither."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection
        self.clock = clock
        self.audited: dict[str, tuple[int, str]] = {}  # office → newest number and hash, for the heads' file

    def emit(self, *events: Event) -> None:
        """Put events on their topics. An id that is already there is the same event and changes nothing."""
        if not events:
            return
        rows = [
            {
                "id": event.id,
                "topic": event.data.topic,
                "type": event.data.type,
                "key": event.key,
                "body": encode(event),
                "at": event.time,
            }
            for event in events
        ]
        self.connection.execute(self.insert_or_ignore(tables.event), rows)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside is undone alone; the exception goes on."""
        self.connection.exec_driver_sql("SAVEPOINT inner_act")
        try:
            yield
        except FAILING:  # the whole transaction falls, and a line that was cut takes no more statements
            raise
        except BaseException:
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT inner_act")
            self.connection.exec_driver_sql("RELEASE SAVEPOINT inner_act")
            raise
        self.connection.exec_driver_sql("RELEASE SAVEPOINT inner_act")

    def insert_or_ignore(self, table: Table) -> Insert:
        """An insert that leaves rows alone that are already there, on both databases."""
        return _ignoring(self.connection.dialect.name, table)

    def alone(self, name: str) -> None:
        """Hold ``name`` against other transactions until this one ends. In SQLite every writer is alone anyway."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    def once(self, stage: str, events: Iterable[str]) -> set[str]:
        """Those of ``events`` that ``stage`` meets for the first time; the table's key decides, also among workers."""
        rows = [{"stage": stage, "event": name} for name in events]
        if not rows:
            return set()
        return set(self.connection.execute(_once(self.connection.dialect.name), rows).scalars())


@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql  # a tenth of a second to import

    return postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def _once(dialect: str) -> ReturningInsert[str]:
    return _ignoring(dialect, tables.effect).returning(tables.effect.c.event)


class Store(ABC):
    """The truth. Writes are durable when ``write`` returns."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._failure_listeners: list[Callable[[], None]] = []
        self._heads: Callable[[dict[str, tuple[int, str]]], None] | None = None

    @abstractmethod
    def write(self, act: Callable[[Tx], T]) -> T:
        """Run ``act`` in a transaction. An exception of ``act`` rolls it back and is raised here.

        Raises ``StoreUnavailable`` when the database fails.
        """

    @abstractmethod
    def write_together(self, act: Callable[[Tx, Sequence[T]], Sequence[R]], of: T) -> R:
        """The answer for ``of`` out of one transaction for all who wait with the same ``act`` at the time.

        ``act`` answers each in the same order. What it raises all are told; else as ``write``.
        """

    @abstractmethod
    def read(self, act: Callable[[Connection], T]) -> T:
        """Run ``act`` on a snapshot. Raises ``StoreUnavailable`` when the database fails."""

    @abstractmethod
    def changed_elsewhere(self) -> bool:
        """True when another process may have committed since the last question; cheap, asked many times a second.

        Raises ``StoreUnavailable`` when the database fails.
        """

    def elsewhere(self) -> datetime | None:
        """The database's clock, where it is another machine's; None where it tells no more than our own.

        Raises ``StoreUnavailable`` when the database fails.
        """
        return None

    def end_the_still(self) -> int:
        """End transactions whose process stands still, with the locks they hold; how many. They come to nothing.

        Raises ``StoreUnavailable`` when the database fails.
        """
        return 0

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection."""

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each commit of this process; it must be quick and never raise."""
        self._listeners.append(listener)

    def on_failure(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after a transaction that others had a part in was rolled back, as quickly."""
        self._failure_listeners.append(listener)

    def keep_heads(self, keeper: Callable[[dict[str, tuple[int, str]]], None]) -> None:
        """Hand the audit chains' newest heads to ``keeper`` after each commit that lengthened one."""
        self._heads = keeper

    def _committed(self, heads: dict[str, tuple[int, str]]) -> None:
        if heads and self._heads is not None:
            self._heads(heads)
        for listener in self._listeners:
            listener()

    def _failed(self) -> None:
        for listener in self._failure_listeners:
            listener()

    # -- bytes by their SHA-256; the contract behind renditions and attachments -----------------

    def get_blob(self, sha256: str) -> bytes:
        """The bytes. Raises ``KeyError`` when there are none."""
        return self.read(lambda c: blob_of(c, sha256))


def blob_of(connection: Connection, sha256: str) -> bytes:
    """The bytes, as a transaction sees them. Raises ``KeyError`` when there are none."""
    body = connection.execute(BLOB, {"of": sha256}).scalar()
    if body is None:
        raise KeyError(sha256)
    return bytes(body)


def put_blob(tx: Tx, sha256: str, body: bytes) -> None:
    """Keep bytes under their hash; the same bytes twice are kept once."""
    tx.connection.execute(tx.insert_or_ignore(tables.blob), {"sha256": sha256, "body": body})


def translated(error: DBAPIError) -> StoreUnavailable:
    """The database's complaint, without the statement and its values: those may hold what must not be logged."""
    return StoreUnavailable(str(error.orig))
