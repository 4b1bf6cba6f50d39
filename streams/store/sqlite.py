"""The store in one SQLite file: WAL, ``synchronous=FULL``, one writer thread with group commit."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import QueuePool

from config.clock import Clock
from streams.store.store import Store, StoreUnavailable, Tx, translated
from streams.store.together import GATHER
from streams.store.turn import Turn, plain

T = TypeVar("T")
R = TypeVar("R")
GROUP = 256  # acts at most in one commit: bounds how long the first of them waits
BUSY = 30_000  # ms to wait for another process that writes
OF_THE_ACT = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG)

Joint = tuple[Callable[[Tx, Sequence[Any]], Sequence[Any]], Any]  # an act for several, and for what
# What becomes of an act: its value, or what it raised. A queue that is written in C never keeps the writer. A
# ``Future`` whose waiter was interrupted at the wrong instant stays locked, and keeps whoever answers it for ever.
Answer = queue.SimpleQueue[tuple[Any, BaseException | None]]
Waiting = tuple[Callable[[Tx], Any] | Joint, Answer]


class SqliteStore(Store):
    """Acts of many threads are gathered into one transaction, each in its own savepoint: one fsync for all."""

    def __init__(self, file: Path, clock: Clock) -> None:
        super().__init__(clock)
        self.file = file
        self._engine = create_engine(
            f"sqlite:///{file}",
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=64,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended by us, BEGIN IMMEDIATE for writers
            connect_args={"timeout": BUSY / 1000, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _set_up)
        self._turn = Turn(file)
        self._watcher: sqlite3.Connection | None = None
        self._seen = 0
        self._writing: Connection | None = None  # of the writer's thread alone
        self._door = threading.Lock()
        self._ended = False  # nobody answers any more
        self._answered = 0  # acts for several, in the last commit
        self._grows = 0.0  # seconds that the next commit is given to take in as many
        self._acts: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._writer.start()

    def write(self, act: Callable[[Tx], T]) -> T:
        return cast(T, self._done(act))

    def write_together(self, act: Callable[[Tx, Sequence[T]], Sequence[R]], of: T) -> R:
        return cast(R, self._done((act, of)))

    def _done(self, act: Callable[[Tx], Any] | Joint) -> Any:
        answer: Answer = queue.SimpleQueue()
        with self._door:
            if self._ended:
                raise StoreUnavailable("the store is closed")
            self._acts.put((act, answer))
        value, failure = answer.get()
        if failure is not None:
            raise failure
        return value

    def read(self, act: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                try:
                    return act(connection)
                finally:
                    if not connection.invalidated:  # as Ctrl-C does in the middle of a statement; it is what is raised
                        connection.exec_driver_sql("ROLLBACK")
        except DBAPIError as error:
            raise translated(error) from None
        except NoneFree as error:  # all were busy for half a minute
            raise StoreUnavailable(str(error)) from None

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """One transaction as long as the block lasts, in which nobody else writes; it stands if the block ends well.

        Who wants to write meanwhile waits, and is refused after ``BUSY``. Raises ``StoreUnavailable``.
        """
        with self._engine.connect() as connection:
            try:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()  # all of it in the one file
                with closing(Turn(self.file)) as turn, turn.taken():
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
            except DBAPIError as error:
                raise translated(error) from None
            try:
                yield connection
            except BaseException:
                if not connection.invalidated:  # likewise
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def changed_elsewhere(self) -> bool:
        try:
            if self._watcher is None:
                self._watcher = sqlite3.connect(self.file, check_same_thread=False)
            version = int(self._watcher.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from None
        changed, self._seen = version != self._seen, version
        return changed

    def close(self) -> None:
        self._acts.put(None)
        self._writer.join()
        self._turn.close()
        self._engine.dispose()
        if self._watcher is not None:
            self._watcher.close()

    def _run(self) -> None:
        first = self._acts.get()
        while first is not None:
            group, ended = self._gathered(first)
            begun = time.perf_counter()
            self._commit(group)
            self._answered = sum(map(_is_joint, group))
            self._grows = min((time.perf_counter() - begun) / 2, GATHER) if self._answered > 1 else 0.0
            first = None if ended else self._acts.get()
        self._let_go()
        self._refuse_the_rest()

    def _gathered(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """What one commit takes, and whether it is the last: all that waits.

        Who was answered together with others is soon back with more, and then shares what that costs: waited for is as
        many as that were, for half the time that the commit before took.
        """
        group, joint, until = [first], int(_is_joint(first)), time.perf_counter() + self._grows
        while len(group) < GROUP:
            patience = until - time.perf_counter() if joint < self._answered else 0.0
            try:
                act = self._acts.get(timeout=max(patience, 0.0))
            except queue.Empty:
                break
            if act is None:
                return group, True
            group.append(act)
            joint += _is_joint(act)
        return group, False

    def _refuse_the_rest(self) -> None:
        """Whoever came after the end gets an answer: a thread that waits for none would keep the process for ever."""
        with self._door:
            self._ended = True
            while not self._acts.empty():
                if (late := self._acts.get()) is not None:
                    late[1].put((None, StoreUnavailable("the store is closed")))

    def _commit(self, group: list[Waiting]) -> None:
        """One transaction for the group; everybody is answered after the commit's fsync, never before."""
        done: list[tuple[list[Answer], Sequence[Any], BaseException | None]] = []
        heads: dict[str, tuple[int, str]] = {}
        try:
            if self._writing is None:
                self._writing = self._engine.connect()
                self._writing.exec_driver_sql("PRAGMA busy_timeout=0").close()  # the turn waits
            before = _changes(self._writing)
            self._turn.begin(self._writing, busy=BUSY)
            for act, answers in _joined(group):
                values, failure = self._act(self._writing, act, heads)
                done.append((answers, values, failure))
            self._writing.exec_driver_sql("COMMIT")
            changed = _changes(self._writing) != before
        except BaseException as error:
            self._let_go()
            self._failed()
            for _, answer in group:
                answer.put((None, translated(error) if isinstance(error, DBAPIError) else error))
            return
        if changed:  # a look that found nothing to do wakes nobody: not itself either
            self._committed(heads)
        for answers, values, failure in done:
            if failure is None:
                for answer, value in zip(answers, values, strict=True):
                    answer.put((value, None))
            else:
                for answer in answers:
                    answer.put((None, failure))

    def _let_go(self) -> None:
        """Close the writer's connection, and with it whatever it had begun; the next commit opens another."""
        if self._writing is not None:
            self._writing.invalidate()
            self._writing.close()
            self._writing = None

    def _act(
        self, connection: Connection, act: Callable[[Tx], Sequence[Any]], heads: dict[str, tuple[int, str]]
    ) -> tuple[Sequence[Any], BaseException | None]:
        driver = plain(connection)
        driver.execute("SAVEPOINT act")
        tx = Tx(connection, self.clock)
        try:
            values = act(tx)
        except Exception as error:
            driver.execute("ROLLBACK TO act")
            driver.execute("RELEASE act")
            if isinstance(error, DBAPIError) and _fatal(error):
                raise
            return (), translated(error) if isinstance(error, DBAPIError) else error
        driver.execute("RELEASE act")
        heads.update(tx.audited)
        return values, None


def _is_joint(waiting: Waiting) -> bool:
    return isinstance(waiting[0], tuple)


def _joined(group: list[Waiting]) -> list[tuple[Callable[[Tx], Sequence[Any]], list[Answer]]]:
    """What is done in turn, and who waits for it: an act for several is done once, where the first asked for it."""
    acts: list[tuple[Callable[[Tx], Sequence[Any]], list[Answer]]] = []
    joint: dict[Any, tuple[list[Any], list[Answer]]] = {}
    for asked, answer in group:
        if not isinstance(asked, tuple):
            acts.append((partial(_alone, act=asked), [answer]))
            continue
        act, of = asked
        if act not in joint:
            joint[act] = ([], [])
            acts.append((partial(_for_all, act=act, items=joint[act][0]), joint[act][1]))
        items, answers = joint[act]
        items.append(of)
        answers.append(answer)
    return acts


def _alone(tx: Tx, act: Callable[[Tx], Any]) -> Sequence[Any]:
    return (act(tx),)


def _for_all(tx: Tx, act: Callable[[Tx, Sequence[Any]], Sequence[Any]], items: Sequence[Any]) -> Sequence[Any]:
    return act(tx, items)


def _changes(connection: Connection) -> int:
    """How many rows this connection has changed so far."""
    return plain(connection).total_changes


def _fatal(error: DBAPIError) -> bool:
    """Full disk, I/O error, read-only file: the whole group fails, not the one act."""
    return getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in OF_THE_ACT


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA cache_size=-16000")
