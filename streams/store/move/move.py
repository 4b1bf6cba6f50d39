"""The move in its order: begin, copy, compare, close the old store for ever, open the new one.

The old one is closed before the new one is opened: at no instant can both be used, and what dies in between leaves
what the same command finishes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, func, select, text

from config.clock import Clock
from streams import audit
from streams.store.address import shown
from streams.store.migrate import open_store
from streams.store.move import source as old
from streams.store.move import target as new
from streams.store.move.carry import carry
from streams.store.move.compare import Compared, Difference, Differs, altered_blobs, compare
from streams.store.move.rows import CannotMove, every_table
from streams.store.moved import MovedStore
from streams.store.sqlite import SqliteStore
from streams.store.store import Tx

State = Literal["begun", "resumed", "closed", "over"]


@dataclass(frozen=True)
class Flaws:
    """Evidence that does not hold: entries of the audit, and bytes that are not those of their hash."""

    chains: tuple[audit.Flaw, ...] = ()
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moved:
    """What stands in the new store, table by table; ``flaws`` were in the old one too, and were moved as they are."""

    tables: tuple[Compared, ...] = ()
    flaws: Flaws = Flaws()


@dataclass
class Move:
    """A move under way; both stores are held against everybody else."""

    state: State  # how it was found: "closed": only to be finished; "over": nothing is left to do
    rows: int  # to be copied, and then compared
    address: str  # of the new store
    heads: Path  # the file of the audit chains' heads
    target: Connection
    source: Connection | None = None
    closed: bool = False

    def run(self, done: Callable[[int], None]) -> Moved:
        """Do what is left, telling ``done`` how many more rows were copied or compared.

        Raises ``CannotMove``, or ``Differs``; then the old store is as it was.
        """
        if self.source is None:
            return Moved(_compared(self.target) if self.state == "closed" else ())
        for table in every_table():
            carry(self.source, self.target, table, done)
        found = [compare(self.source, self.target, table, done) for table in every_table()]
        differences = [one for one in found if isinstance(one, Difference)]
        flaws = _flaws(self.target, self.heads)
        if flaws != Flaws():
            differences += _made(_flaws(self.source, self.heads), flaws)
        if differences:
            new.begin_anew(self.target)
            raise Differs(differences)
        new.refuse_others(self.target)
        self.target.commit()
        old.close_for_ever(self.source, shown(self.address))
        self.closed = True
        return Moved(_compared(self.target), flaws)


@contextmanager
def moving(file: Path, address: str, *, by: str, clock: Clock, heads: Path) -> Iterator[Move]:
    """The move of the store in ``file`` to ``address``; the caller holds the data folder, and calls ``run`` once.

    Raises ``CannotMove``, ``MovedStore``, ``NewerStore``, ``StoreUnavailable`` or ``TargetUnavailable``.
    """
    with new.reached(address) as target:
        new.alone(target)
        if left := old.left(file):
            move = Move(_state(target, left, address), 0, address, heads, target)
            yield move
            if move.state == "closed":
                _finish(target, address, by, clock, heads)
            return
        with closing(open_store(f"sqlite:///{file}", clock)) as store:
            assert isinstance(store, SqliteStore)
            name = store.write(old.prepare)
            with store.held() as source:
                resumed = new.begin(target, address, clock, move=name, source=old.fingerprint(file))
                rows = sum(
                    source.execute(select(func.count()).select_from(table)).scalar_one() for table in every_table()
                )
                move = Move("resumed" if resumed else "begun", rows, address, heads, target, source)
                yield move
        if move.closed:
            _finish(target, address, by, clock, heads)


def copied(file: Path, address: str) -> int | None:
    """How many rows a move that was broken off has brought; None where none was begun. Changes nothing.

    Raises ``CannotMove`` where the move would, ``StoreUnavailable`` or ``TargetUnavailable``.
    """
    with new.reached(address) as target:
        new.refuse_others(target)
        if new.under_way(target) is None:
            return None
        if new.move_in(target) != old.move_of(file):
            raise CannotMove("other_move")
        return int(target.execute(select(func.coalesce(func.sum(new.progress.c.rows), 0))).scalar_one())


def _state(target: Connection, left: old.Left, address: str) -> State:
    """What is left to do for an old store that was closed. Raises ``MovedStore`` where it went elsewhere."""
    if new.move_in(target) == left.move:
        return "closed"
    if left.address == shown(address) and new.is_store(target):
        return "over"
    raise MovedStore(left.address)


def _finish(target: Connection, address: str, by: str, clock: Clock, heads: Path) -> None:
    """Open the new store. Who moved it, with every table's hash, is the next entry of its audit."""
    tx = Tx(target, clock)
    detail = {one.table: {"rows": one.rows, "sha256": one.sha256} for one in _compared(target)}
    audit.record(tx, office=audit.LEDGER, who=by, act="store.moved", subject=shown(address), detail={"tables": detail})
    new.open_up(target)
    target.commit()
    audit.HeadsFile(heads).keep(tx.audited)
    target.execute(text("analyze"))  # else the first hour's queries are planned for empty tables
    target.commit()


def _compared(target: Connection) -> tuple[Compared, ...]:
    rows = target.execute(select(new.progress).order_by(new.progress.c.name)).all()
    return tuple(Compared(row.name, row.rows, row.sha256) for row in rows)


def _flaws(connection: Connection, heads: Path) -> Flaws:
    return Flaws(tuple(audit.verify(connection, heads)), tuple(altered_blobs(connection)))


def _made(before: Flaws, after: Flaws) -> list[Difference]:
    """What does not hold and held before."""
    chains = [f"{one.office}/{one.number}" for one in after.chains if one not in before.chains]
    blobs = [one for one in after.blobs if one not in before.blobs]
    return [Difference(of, key, "other") for of, keys in (("audit", chains), ("blob", blobs)) for key in keys]
