"""A store moves to PostgreSQL: whole, compared, whatever dies on the way, and never two that may both be used."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    func,
    insert,
    make_url,
    select,
    text,
)

from config.clock import DrivenClock
from streams.store import tables
from streams.store.address import BadAddress, postgres_address, shown
from streams.store.migrate import VERSION, open_store, stored_version
from streams.store.move import compare as compare_module
from streams.store.move import move as move_module
from streams.store.move import rows as rows_module
from streams.store.move.compare import Differs
from streams.store.move.measure import measure
from streams.store.move.move import copied
from streams.store.move.rows import CannotMove, every_table
from streams.store.move.target import TargetUnavailable
from streams.store.moved import MOVED, MovedStore, UnfinishedMove
from streams.store.postgresql import PostgresStore
from streams.store.sqlite import SqliteStore
from streams.store.store import StoreUnavailable
from tests.source import ROOT
from tests.streams.moves import BY, Died, carried, dies, fill, stands, tables_of


@pytest.fixture
def address(postgres_url: str) -> str:
    """Of an empty database."""
    return postgres_url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with rows in every table."""
    file = tmp_path_factory.mktemp("filled") / "gongkai.sqlite"
    fill(f"sqlite:///{file}")
    return file


@pytest.fixture
def file(filled: Path, tmp_path: Path) -> Path:
    """A copy of it, to be moved."""
    return Path(shutil.copy(filled, tmp_path / "gongkai.sqlite"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of three rows, and commits that are as they were afterwards."""
    monkeypatch.setattr(rows_module, "ROWS", 3)
    monkeypatch.setattr(Connection, "commit", Connection.commit)
    monkeypatch.setattr(Connection, "exec_driver_sql", Connection.exec_driver_sql)


def write(address: str, statement: str) -> int:
    """What somebody else does to a database; how many rows it concerned."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        count = connection.execute(text(statement)).rowcount
    engine.dispose()
    return count


def other_database(address: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def released(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in a store, without leases: those of dead processes are no part of an office."""
    found = stands(f"sqlite:///{file}")
    for name in ("lane", "shared"):
        table = next(one for one in every_table() if one.name == name)
        places = [place for place, one in enumerate(table.columns) if one.name in ("holder", "held_until")]
        free = [tuple(None if place in places else value for place, value in enumerate(row)) for row in found[name]]
        found[name] = sorted(free, key=repr)
    return found


# -- what arrives ------------------------------------------------------------------------------------


def test_no_table_is_forgotten() -> None:
    assert {table.name for table in every_table()} == set(tables.metadata.tables)
    for table in every_table():
        assert [one.name for one in table.columns] == [one.name for one in tables.metadata.tables[table.name].columns]


def test_everything_arrives_as_it_was(file: Path, address: str) -> None:
    before = released(file)
    told = list[int]()
    moved = carried(file, address, told.append)
    assert all(before.values())
    assert stands(address) == before
    assert {one.table: one.rows for one in moved.tables} == {name: len(rows) for name, rows in before.items()}
    assert sum(told) == 2 * sum(map(len, before.values()))
    assert stored_version(address) == VERSION
    assert tables_of(address) == {*tables.metadata.tables, "alembic_version"}


def test_the_leases_of_processes_that_ended_are_not_held_there(file: Path, address: str) -> None:
    carried(file, address)
    with closing(open_store(address, DrivenClock())) as store:
        for table in (tables.lane, tables.shared):
            held = select(func.count()).where(table.c.holder.is_not(None) | table.c.held_until.is_not(None))
            assert store.read(lambda c, held=held: c.execute(held).scalar()) == 0  # type: ignore[misc]  # a query


def test_every_counter_stands_behind_the_highest(file: Path, address: str) -> None:
    write(f"sqlite:///{file}", "delete from dead_letter")
    carried(file, address)
    counters = {table.name: table for table in tables.metadata.sorted_tables if table.autoincrement_column is not None}
    assert counters.keys() == {"attempt", "dead_letter", "event"}
    for name, first in (("attempt", 5), ("event", 5), ("dead_letter", 1)):
        counter = tables.metadata.tables[name].autoincrement_column
        assert counter is not None
        assert _next(address, name, counter.name) == first


def _next(address: str, table: str, column: str) -> int:
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = connection.execute(text(f"select nextval(pg_get_serial_sequence('{table}', '{column}'))")).scalar_one()
    engine.dispose()
    return int(found)


def test_who_moved_it_and_every_hash_is_in_its_audit(file: Path, address: str) -> None:
    moved = carried(file, address)
    with closing(open_store(address, DrivenClock())) as store:
        entry = store.read(lambda c: c.execute(select(tables.audit).where(tables.audit.c.act == "store.moved")).one())
    assert entry.who == BY
    assert all(one.sha256 in entry.detail for one in moved.tables)
    assert entry.hash in file.with_name("heads.jsonl").read_text("utf-8")


def test_what_did_not_hold_before_is_moved_as_it_is_and_told(file: Path, address: str) -> None:
    moved = carried(file, address)
    assert moved.flaws.chains
    assert len(moved.flaws.blobs) == len(stands(address)["blob"])


def test_memory_is_bounded_by_bytes_not_rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = next(table for table in every_table() if table.name == "blob")
    monkeypatch.setattr(rows_module, "BYTES", 100_000)
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert [len(batch) for batch in rows_module.batches(connection, blobs)] == [2, 1, 1]
    engine.dispose()


@pytest.mark.parametrize("value", [None, True, False, 1, 0, 1.0, "1", b"1", "", b"", "n", "s1;1"])
def test_no_two_values_have_one_digest(value: Any) -> None:
    others = [None, True, False, 1, 0, 1.0, "1", b"1", "", b"", "n", "s1;1"]
    same = [one for one in others if type(one) is type(value) and one == value]
    assert [one for one in others if rows_module.digest((one,)) == rows_module.digest((value,))] == same  # type: ignore[arg-type]  # as good as a row


# -- dying on the way --------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
def test_a_move_that_dies_at_any_commit_goes_on(file: Path, address: str, small: None, after: bool) -> None:
    before = released(file)
    passed: Callable[[], int]
    for nth in range(1, 200):
        plain = Connection.commit, Connection.exec_driver_sql
        passed = dies(nth, after=after, end=_die)
        try:
            carried(file, address)
        except Died:
            assert in_use(file, address) <= 1
        finally:
            setattr(Connection, "commit", plain[0])  # noqa: B010  # a method may not be assigned to
            setattr(Connection, "exec_driver_sql", plain[1])  # noqa: B010  # likewise
        if passed() < nth:
            break
    carried(file, address)
    assert stands(address) == before
    assert stored_version(f"sqlite:///{file}") == MOVED
    assert stored_version(address) == VERSION


def _die() -> None:
    raise Died


def in_use(file: Path, address: str) -> int:
    """How many of the two stores can be opened and have something in them: two would be two truths."""
    found = 0
    for url in (f"sqlite:///{file}", address):
        with suppress(MovedStore, UnfinishedMove), closing(open_store(url, DrivenClock())) as store:
            found += store.read(lambda c: c.execute(select(tables.event.c.id).limit(1)).first()) is not None
    return found


@pytest.mark.parametrize("nth", [9, 30, 45])
def test_a_process_that_is_killed_leaves_what_the_next_finishes(file: Path, address: str, nth: int) -> None:
    before = released(file)
    code = "import sys; from tests.streams.moves import main; main(*sys.argv[1:])"
    process = subprocess.run([sys.executable, "-c", code, str(file), address, str(nth)], cwd=ROOT, check=False)
    assert process.returncode == -signal.SIGKILL
    carried(file, address)
    assert stands(address) == before


def test_what_was_copied_is_not_copied_again(
    file: Path, address: str, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(move_module, "compare", broken)
        with pytest.raises(Died):
            carried(file, address)
    assert copied(file, address) == sum(map(len, released(file).values()))
    with monkeypatch.context() as patch:
        patch.setattr("streams.store.move.carry._put", broken)
        carried(file, address)
    assert stands(address) == released(file)


def test_what_was_written_to_the_old_store_meanwhile_arrives_too(
    file: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(move_module, "compare", lambda *_: _die())
        with pytest.raises(Died):
            carried(file, address)
    with closing(open_store(f"sqlite:///{file}", DrivenClock())) as store:
        store.write(lambda tx: tx.connection.execute(tables.notice.update().values(state="withdrawn")))
        store.write(lambda tx: tx.connection.execute(tables.part.delete().where(tables.part.c.number == 1)))
    before = released(file)
    carried(file, address)
    assert stands(address) == before


# -- what is compared --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update delivery set cause = cause || ' ' where sequence > 0 and state <> ''", "other"),
        ("delete from effect where ctid in (select ctid from effect limit 1)", "missing"),
        ("insert into \"offset\" (stage, position) values ('a stranger', 1)", "extra"),
        ("update blob set body = body || '\\x00'::bytea", "other"),
        ("update message set urgent = not urgent", "other"),
    ],
)
def test_what_was_changed_there_is_found_and_the_next_run_begins_anew(
    file: Path, address: str, statement: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, first = released(file), iter([True])

    def meddled(*args: Any) -> Any:
        if next(first, False):
            assert write(address, statement) > 0
        return compare_module.compare(*args)

    with monkeypatch.context() as patch:
        patch.setattr(move_module, "compare", meddled)
        with pytest.raises(Differs) as found:
            carried(file, address)
    words = statement.replace('"', "").split()
    (difference,) = [one for one in found.value.differences if one.table in words]
    assert difference.what == what
    assert difference.key
    with pytest.raises(UnfinishedMove):
        open_store(address, DrivenClock())
    open_store(f"sqlite:///{file}", DrivenClock()).close()
    carried(file, address)
    assert stands(address) == before


def test_evidence_that_no_longer_holds_there_is_a_difference(
    file: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"sqlite:///{file}", "delete from audit")
    write(f"sqlite:///{file}", "delete from blob")
    with closing(open_store(f"sqlite:///{file}", DrivenClock())) as store:
        store.write(lambda tx: tx.connection.execute(tables.blob.insert().values(sha256=EMPTY, body=b"")))
    plain = move_module._flaws

    def late(*args: Any) -> Any:
        write(address, "update blob set body = 'x' where body = ''") if args[0].dialect.name == "postgresql" else None
        return plain(*args)

    monkeypatch.setattr(move_module, "_flaws", late)
    with pytest.raises(Differs) as found:
        carried(file, address)
    assert [(one.table, one.key) for one in found.value.differences] == [("blob", EMPTY)]


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# -- what is refused ---------------------------------------------------------------------------------


def refused(file: Path, address: str) -> CannotMove:
    """How a move is refused; the old store is as it was."""
    with pytest.raises(CannotMove) as found:
        carried(file, address)
    open_store(f"sqlite:///{file}", DrivenClock()).close()
    return found.value


def test_a_database_with_tables_of_others_is_refused_and_untouched(file: Path, address: str) -> None:
    write(address, "create table orders (id int)")
    with pytest.raises(CannotMove):
        copied(file, address)
    found = refused(file, address)
    assert (found.reason, found.values) == ("taken", {"tables": "orders"})
    assert tables_of(address) == {"orders"}


def test_the_store_of_another_office_is_refused_and_untouched(file: Path, address: str) -> None:
    with closing(open_store(address, DrivenClock())) as store:
        store.write(lambda tx: tx.connection.execute(insert(tables.offset).values(stage="plan", position=7)))
    found = refused(file, address)
    assert (found.reason, found.values) == ("taken", {"tables": "offset"})
    assert stands(address)["offset"] == [("plan", 7)]


def test_an_empty_store_is_taken(file: Path, address: str) -> None:
    open_store(address, DrivenClock()).close()
    before = released(file)
    carried(file, address)
    assert stands(address) == before


def test_a_database_that_another_store_is_moving_into_is_refused(
    file: Path, filled: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(shutil.copy(filled, tmp_path / "other.sqlite"))
    with monkeypatch.context() as patch:
        patch.setattr(move_module, "compare", lambda *_: _die())
        with pytest.raises(Died):
            carried(other, address)
    assert refused(file, address).reason == "other_move"
    with pytest.raises(CannotMove):
        copied(file, address)
    carried(other, address)


def test_a_database_that_a_program_works_in_is_refused(file: Path, address: str) -> None:
    with closing(PostgresStore(address, DrivenClock())) as store:
        store.read(lambda c: c.execute(text("select 1")).scalar())
        assert refused(file, address).reason == "busy"


def test_two_moves_at_a_time_are_refused(file: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.store.move.target.WAIT", 1)
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        connection.execute(text(f"select pg_advisory_lock({0x676F6E676D6F7665})"))
        assert refused(file, address).reason == "busy"
    engine.dispose()


def test_a_database_that_cannot_keep_chinese_is_refused(file: Path, address: str) -> None:
    name = f"latin_{make_url(address).database}"
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name} encoding 'LATIN1' locale 'C' template template0"))
        found = refused(file, other_database(address, name))
        assert (found.reason, found.values) == ("encoding", {"encoding": "LATIN1"})
        connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "column", "value", "cause"),
    [
        ("attempt", "note", "'a' || char(0) || 'b'", "NUL"),
        ("attempt", "part", "1 << 40", "integer out of range"),
        ("attempt", "part", "'many'", "integer"),
        ("dead_letter", "body", "'a text'", "bytes"),
    ],
)
def test_a_value_that_postgresql_cannot_keep_is_named(
    file: Path, address: str, table: str, column: str, value: str, cause: str
) -> None:
    good = Path(shutil.copy(file, file.with_name("good.sqlite")))
    write(f"sqlite:///{file}", f"update {table} set {column} = {value} where id = 3")
    found = refused(file, address)
    assert found.reason == "unfit"
    assert (found.values["table"], found.values["key"]) == (table, "3")
    assert cause in str(found.values["cause"])
    with closing(sqlite3.connect(file)) as store, store:
        store.execute(f"attach '{good}' as good")
        store.execute(f"update {table} set {column} = (select {column} from good.{table} where id = 3) where id = 3")
    before = released(file)
    carried(file, address)
    assert stands(address) == before


def test_where_nothing_is_nothing_is_made(tmp_path: Path, address: str) -> None:
    file = tmp_path / "none.sqlite"
    with pytest.raises(CannotMove):
        carried(file, address)
    with pytest.raises(CannotMove):
        measure(file)
    assert not file.exists()
    assert tables_of(address) == set()


# -- two truths --------------------------------------------------------------------------------------


def test_the_old_store_is_never_used_again(file: Path, address: str, tmp_path: Path) -> None:
    late = SqliteStore(file, DrivenClock())  # a process that had it open before
    late.read(lambda c: c.execute(select(tables.offset)).all())
    carried(file, address)
    for table in every_table():
        for act in (table.insert().values(_some(table)), table.delete(), table.update().values(_some(table))):
            with pytest.raises(StoreUnavailable, match="this store was moved to postgresql://"):
                late.write(lambda tx, act=act: tx.connection.execute(act))  # type: ignore[misc]  # an act
    late.close()
    with pytest.raises(MovedStore, match="postgresql://"):
        open_store(f"sqlite:///{file}", DrivenClock())
    with pytest.raises(MovedStore):
        measure(file)
    with pytest.raises(MovedStore):
        carried(file, other_database(address, "postgres"))


def _some(table: Table) -> dict[str, Any]:
    """A row for the table; what is in it does not matter, as it is refused before."""
    kinds = {Integer: 1, Boolean: True, LargeBinary: b"x"}
    return {
        one.name: next((value for kind, value in kinds.items() if isinstance(one.type, kind)), "x")
        for one in table.columns
    }


def test_nobody_else_writes_to_the_old_store_meanwhile(
    file: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.store.sqlite.BUSY", 50)

    def meddled(*args: Any) -> Any:
        with closing(SqliteStore(file, DrivenClock())) as other, pytest.raises(StoreUnavailable, match="locked"):
            other.write(lambda tx: tx.connection.execute(tables.offset.delete()))
        return compare_module.compare(*args)

    monkeypatch.setattr(move_module, "compare", meddled)
    carried(file, address)


def test_a_finished_move_is_finished(file: Path, address: str) -> None:
    carried(file, address)
    before = stands(address)
    assert carried(file, address).tables == ()
    assert stands(address) == before


# -- addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "postgres://u:geheim@h/d",
        "mysql://u:geheim@h/d",
        "postgresql://u:ge@heim@h/d",
        "postgresql://u:geheim@h:port/d",
        "postgresql://u:geheim@h",
        "geheim",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_being_said(given: str) -> None:
    with pytest.raises(BadAddress) as found:
        postgres_address(given)
    assert str(found.value) == ""


def test_an_address_is_shown_without_its_password() -> None:
    whole = postgres_address("postgresql+psycopg://u:ge%40heim@db:5433/d?sslmode=require&sslpassword=geheim")
    assert whole.startswith("postgresql://u:ge%40heim@db:5433/d")
    assert shown(whole) == "postgresql://u@db:5433/d?sslmode=require"


def test_a_server_that_is_not_there_is_told_without_the_password(file: Path) -> None:
    with pytest.raises(TargetUnavailable) as found:
        carried(file, "postgresql://u:geheim@127.0.0.1:9/d")
    assert "127.0.0.1" in str(found.value)
    assert "geheim" not in str(found.value)
