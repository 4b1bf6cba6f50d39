"""The store that is moved away: its leases given back, held against every writer, and at the end closed for ever."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, inspect, select, text, update

from streams.store.leases import give_back
from streams.store.migrate import stored_version
from streams.store.move.rows import CannotMove
from streams.store.moved import MOVED, leaving, set_version
from streams.store.store import Tx
from streams.store.tables import metadata


@dataclass(frozen=True)
class Left:
    """The move that closed a store, and where it went."""

    move: str
    address: str


def prepare(tx: Tx) -> str:
    """Give back the leases of processes that ended, as the next start would; the id of this store's move.

    The caller holds the data folder alone. A lane falls due when its lease would have lapsed, so nothing is forgotten.
    """
    give_back(tx)
    leaving.create(tx.connection, checkfirst=True)
    found = tx.connection.execute(select(leaving.c.id)).scalar()
    if found is None:
        found = secrets.token_hex(16)
        tx.connection.execute(leaving.insert().values(id=found))
    return str(found)


def fingerprint(file: Path) -> str:
    """Differs once anything was written to the store, whose log must be empty or held while this looks.

    It only decides whether a move goes on or begins anew: were it ever fooled, comparing would find it.
    """
    log = file.with_name(f"{file.name}-wal")
    stats = [one.stat() for one in (file, log) if one.exists()]
    return "/".join(f"{one.st_ino}.{one.st_size}.{one.st_mtime_ns}" for one in stats if one.st_size)


def close_for_ever(connection: Connection, address: str) -> None:
    """Make the store one that was moved to ``address``, in the transaction that holds it.

    The version refuses whoever opens it from now on; the triggers refuse whoever has it open, and waits to write.
    """
    set_version(connection, MOVED)
    connection.execute(update(leaving).values(address=address))
    said = f"this store was moved to {address}".replace("'", "''")
    for table in metadata.sorted_tables:
        for act in ("insert", "update", "delete"):
            name = f'"gongkai_moved_{table.name}_{act}"'
            connection.execute(
                text(f"create trigger {name} before {act} on \"{table.name}\" begin select raise(abort, '{said}'); end")
            )


def left(file: Path) -> Left | None:
    """Where the store in ``file`` was moved to; None while it is a store as any other. Raises ``CannotMove``: no file.

    Changes nothing. Raises ``StoreUnavailable``.
    """
    if (found := stored_version(f"sqlite:///{file}")) is None:
        raise CannotMove("nothing", file=str(file))
    if found != MOVED:
        return None
    with _read(file) as connection:
        row = connection.execute(select(leaving.c.id, leaving.c.address)).one()
    return Left(row.id, row.address)


def move_of(file: Path) -> str | None:
    """The id of the move that was begun from the store in ``file``."""
    with _read(file) as connection:
        known = inspect(connection).has_table(leaving.name)
        return str(connection.execute(select(leaving.c.id)).scalar_one()) if known else None


@contextmanager
def _read(file: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
