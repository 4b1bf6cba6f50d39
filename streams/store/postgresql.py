"""The store in PostgreSQL 15 to 18: a transaction for each write, durable when it returns."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from streams.store.store import Store, Tx, translated

T = TypeVar("T")
NAME = "gongkai"  # of our connections, as the server lists them: a move refuses a database that a program works in
TIMEOUT = 10_000  # ms for one statement: far below every lease
CLASHED = (
    "40P01",
    "40001",
)  # a deadlock, a serialization failure: nothing was done, and the same act may be tried anew
CLASHES = 5  # times an act is tried anew


class PostgresStore(Store):
    """Rows are locked by the acts themselves (``for update``); the isolation is READ COMMITTED."""

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self._engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=64,
            connect_args={
                "options": f"-c statement_timeout={TIMEOUT} -c synchronous_commit=on -c timezone=UTC",
                "application_name": NAME,
            },
        )

    def write(self, act: Callable[[Tx], T]) -> T:
        for left in range(CLASHES, -1, -1):
            try:
                with self._engine.begin() as connection:
                    tx = Tx(connection, self.clock)
                    value = act(tx)
            except DBAPIError as error:
                if left and getattr(error.orig, "sqlstate", "") in CLASHED:
                    continue
                raise translated(error) from None
            break
        self._committed(tx.audited)
        return value

    def read(self, act: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection, connection.begin():
                return act(connection)
        except DBAPIError as error:
            raise translated(error) from None

    def changed_elsewhere(self) -> bool:
        return True

    def close(self) -> None:
        self._engine.dispose()
