"""The store in PostgreSQL 15 to 18: a transaction for each write, durable when it returns."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree

from config.clock import Clock
from streams.store.seat import Seat
from streams.store.store import Store, StoreUnavailable, Tx, translated
from streams.store.together import Together

T = TypeVar("T")
R = TypeVar("R")
TOGETHER = 64  # acts at most in one transaction: bounds how long the first of them waits
NAME = "gongkai"  # of our connections, as the server lists them: a move refuses a database that a program works in
TIMEOUT = 10_000  # ms for one statement: far below every lease
IDLE = 5_000  # ms: a process that stands still in a transaction holds up the others no longer than this
LOCKED = 5_000  # ms to wait for a lock before we look whether its holder stands still
LINES = 12  # connections at most, for writing and for reading each: four processes fit into PostgreSQL's default
LINE = {  # how soon a machine that is gone without a word is given up; the kernel's own patience is minutes to hours
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # ms that what we sent may go unacknowledged; longer than a statement
}
CLASHED = (
    "40P01",
    "40001",
)  # a deadlock, a serialization failure: nothing was done, and the same act may be tried anew
CLASHES = 5  # times an act is tried anew
HELD = "55P03"  # another transaction has kept the lock for too long
# The server sees a client that fell silent between two statements as idle, and ends it by itself; not one that had
# asked it to flush before, as the driver does behind statements that were sent together: that stops the server's watch.
# One that fell silent within them it sees as active, and would wait for the next of them for ever. A transaction that
# only reads has no number, and holds up nobody.
END_THE_STILL = text(
    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    " where datname = current_database() and usename = current_user and application_name = :name"
    " and pid <> pg_backend_pid() and wait_event = 'ClientRead'"
    " and (state = 'active' or state like 'idle in transaction%' and backend_xid is not null)"
    " and state_change < clock_timestamp() - :still * interval '1 ms'"
)

# A server that sees us at its own address is on this machine, and its clock is ours.
ELSEWHERE = text("select clock_timestamp() as now, coalesce(inet_server_addr() <> inet_client_addr(), false) as far")


class PostgresStore(Store):
    """Rows are locked by the acts themselves (``for update``): writes are READ COMMITTED, reads see one snapshot."""

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self._engine = _engine(url, idle_in_transaction_session_timeout=IDLE, lock_timeout=LOCKED)
        self._reader = _engine(
            url, default_transaction_isolation=r"repeatable\ read", default_transaction_read_only="on"
        )
        self._together: dict[Any, Together[Any, Any]] = {}

    def write(self, act: Callable[[Tx], T]) -> T:
        held = False
        for left in range(CLASHES, -1, -1):
            try:
                with self._engine.begin() as connection:
                    tx = Tx(connection, self.clock)
                    value = act(tx)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", "")
                if left and (state in CLASHED or (state == HELD and (self.end_the_still() or not held))):
                    held = held or state == HELD  # its holder may have fallen silent while we waited: wait once more
                    continue
                raise translated(error) from None
            except (NoneFree, PendingRollbackError) as error:  # all were busy for half a minute; this one was cut
                raise StoreUnavailable(str(error)) from None
            break
        self._committed(tx.audited)
        return value

    def write_together(self, act: Callable[[Tx, Sequence[T]], Sequence[R]], of: T) -> R:
        if act not in self._together:
            self._together.setdefault(act, Together(lambda all_: self.write(lambda tx: act(tx, all_)), TOGETHER))
        return cast(R, self._together[act].do(of))

    def read(self, act: Callable[[Connection], T]) -> T:
        try:
            with self._reader.connect() as connection, connection.begin():
                return act(connection)
        except DBAPIError as error:
            raise translated(error) from None
        except (NoneFree, PendingRollbackError) as error:  # as above
            raise StoreUnavailable(str(error)) from None

    def changed_elsewhere(self) -> bool:
        return True

    def elsewhere(self) -> datetime | None:
        found = self.read(lambda c: c.execute(ELSEWHERE).one())
        return found.now if found.far else None

    def end_the_still(self) -> int:
        return self.read(lambda c: int(c.execute(END_THE_STILL, {"name": NAME, "still": IDLE}).scalar_one()))

    def seat(self, name: str) -> Seat:
        """A seat that one process at a time may have."""
        return Seat(self._engine, name)

    def is_taken(self, seat: str) -> bool:
        """True while a process has the seat. Raises ``StoreUnavailable``."""
        held = text(
            "select count(*) from pg_locks where locktype = 'advisory' and granted and objsubid = 1"
            " and database = (select oid from pg_database where datname = current_database())"
            " and (classid::bigint << 32) | objid::bigint = hashtextextended(:seat, 0)"
        )
        return self.read(lambda c: bool(c.execute(held, {"seat": seat}).scalar()))

    def close(self) -> None:
        self._engine.dispose()
        self._reader.dispose()


def _engine(url: str, **settings: object) -> Engine:
    common = {"statement_timeout": TIMEOUT, "synchronous_commit": "on", "timezone": "UTC"}
    options = " ".join(f"-c {name}={value}" for name, value in {**common, **settings}.items())
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        pool_size=LINES,
        max_overflow=0,
        connect_args={"options": options, "application_name": NAME, **LINE},
    )
