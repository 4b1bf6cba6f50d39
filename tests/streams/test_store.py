"""The store: migrations, group commit, and what it says when the disk is full, read-only or another program's."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from config.clock import DrivenClock
from streams.store import migrate, tables
from streams.store.migrate import KNOWN, VERSION, NewerStore, open_store
from streams.store.postgresql import PostgresStore
from streams.store.sqlite import SqliteStore
from streams.store.store import Store, StoreUnavailable, Tx, put_blob
from streams.store.tables import blob, metadata, offset
from tests.parts import need
from tests.parts.disk import mount, small_disk
from tests.source import ROOT
from tests.waiting import until

ABSENT = {"sqlite": {"event_unrelayed"}, "postgresql": set()}  # there is no broker beside SQLite
DATABASES = {"postgresql": "postgres_url", "postgresql-15": "oldest_postgres_url"}  # the newest and the oldest known
SCRIPTS = ROOT / "streams/store/migrations"


@pytest.fixture(params=["sqlite", *DATABASES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param in DATABASES:
        return str(request.getfixturevalue(DATABASES[request.param]))
    return f"sqlite:///{tmp_path / 'gongkai.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open, empty store."""
    made = open_store(url, DrivenClock())
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a store in one file will be."""
    return tmp_path / "gongkai.sqlite"


def put(name: str, position: int = 1) -> Callable[[Tx], str]:
    """An act that writes one row, and gives back its name."""

    def act(tx: Tx) -> str:
        tx.connection.execute(insert(offset).values(stage=name, position=position))
        return name

    return act


def names(store: Store) -> set[str]:
    """The rows that acts of ``put`` have written."""
    return set(store.read(lambda c: c.execute(select(offset.c.stage)).scalars().all()))


def test_a_read_sees_one_snapshot_whatever_is_written_meanwhile(store: Store) -> None:
    store.write(put("a"))

    def twice(connection: Connection) -> list[set[str]]:
        seen = []
        for _ in range(2):
            seen.append(set(connection.execute(select(offset.c.stage)).scalars()))
            with ThreadPoolExecutor(1) as another:
                another.submit(store.write, put(f"b{len(seen)}")).result()
        return seen

    assert store.read(twice) == [{"a"}, {"a"}]
    assert names(store) == {"a", "b1", "b2"}


# -- migrations ------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    open_store(url, DrivenClock()).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        of = connection.dialect.name
        wanted = {"include_object": lambda _, name, *__: name not in ABSENT[of]}
        assert compare_metadata(MigrationContext.configure(connection, opts=wanted), metadata) == []
        there = {index["name"] for index in inspect(connection).get_indexes("event")}
        assert ("event_unrelayed" in there) is (of == "postgresql")
    engine.dispose()


def test_in_sqlite_they_are_alike_in_everything(file: Path, tmp_path: Path) -> None:
    """Alembic does not compare all there is: WITHOUT ROWID, primary keys, what an index leaves out."""
    open_store(f"sqlite:///{file}", DrivenClock()).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'other'}")
    metadata.create_all(engine)
    engine.dispose()
    assert shape(file) == shape(tmp_path / "other")


def shape(file: Path) -> set[tuple[object, ...]]:
    """What SQLite knows of its tables, their columns and indexes, in no order."""
    connection = sqlite3.connect(file)

    def rows(sql: str) -> list[tuple[object, ...]]:
        return connection.execute(sql).fetchall()

    tables = [row for row in rows("PRAGMA table_list") if row[1] not in ("alembic_version", "sqlite_schema")]
    found = set(tables)
    for table in (row[1] for row in tables):
        found |= {(table, *row[1:]) for row in rows(f'PRAGMA table_xinfo("{table}")')}
        for _, index, *kind in rows(f'PRAGMA index_list("{table}")'):
            found.add((table, *kind, *(row[2:] for row in rows(f'PRAGMA index_xinfo("{index}")'))))
    found |= {(re.sub(r"\s+", " ", str(row[0])),) for row in rows("SELECT sql FROM sqlite_master WHERE type = 'index'")}
    connection.close()
    return found


def test_the_code_knows_its_newest_revision() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))
    assert scripts.get_current_head() == VERSION
    assert [revision.revision for revision in scripts.walk_revisions()] == list(reversed(KNOWN))


def test_opening_twice_changes_nothing(url: str) -> None:
    for name in ("first", "second"):
        opened = open_store(url, DrivenClock())
        opened.write(put(name))
        assert name in names(opened)
        opened.close()


def test_many_processes_may_find_it_empty_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(url, DrivenClock()), range(4)))
    for number, opened in enumerate(stores):
        opened.write(put(str(number)))
    assert names(stores[0]) == {"0", "1", "2", "3"}
    for opened in stores:
        opened.close()


@pytest.fixture
def later_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes of this program the next one, with one more revision; the file of that revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, folder)
    revision = folder / "versions/v9999_later.py"
    revision.write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '9999', " + repr(VERSION) + ", None, None\n"
        "def upgrade():\n"
        "    op.create_table('later', sa.Column('name', sa.Text()))\n"
        "    op.add_column('offset', sa.Column('more', sa.Text()))\n"
    )
    monkeypatch.setattr(migrate, "SCRIPTS", str(folder))
    monkeypatch.setattr(migrate, "VERSION", "9999")
    monkeypatch.setattr(migrate, "KNOWN", (*KNOWN, "9999"))
    return revision


def write_one(url: str, name: str) -> None:
    """Open, write a row, close."""
    opened = open_store(url, DrivenClock())
    opened.write(put(name))
    opened.close()


def version_of(url: str) -> str:
    """The revision the database says it has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("select version_num from alembic_version")).scalar_one()
    engine.dispose()
    return str(found)


def columns(url: str) -> set[str]:
    """The columns of ``offset``."""
    engine = create_engine(url)
    found = {column["name"] for column in inspect(engine).get_columns("offset")}
    engine.dispose()
    return found


def test_an_older_store_keeps_what_it_holds(url: str, request: pytest.FixtureRequest) -> None:
    write_one(url, "old")
    request.getfixturevalue("later_program")
    opened = open_store(url, DrivenClock())
    opened.write(put("new"))
    assert names(opened) == {"old", "new"}
    opened.close()
    assert version_of(url) == "9999"
    assert columns(url) == {"stage", "position", "more"}


def test_an_older_file_is_copied_before_it_is_migrated(file: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{file}"
    write_one(url, "old")
    request.getfixturevalue("later_program")
    write_one(url, "new")
    copy = file.with_name(f"{file.name}.before-9999-was-{VERSION}")
    assert version_of(f"sqlite:///{copy}") == VERSION
    read = sqlite3.connect(copy)
    assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert read.execute('SELECT stage FROM "offset"').fetchall() == [("old",)]
    read.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(url: str, request: pytest.FixtureRequest) -> None:
    write_one(url, "old")
    revision: Path = request.getfixturevalue("later_program")
    whole = revision.read_text()
    revision.write_text(whole + "    op.execute('insert into nowhere values (1)')\n")
    with pytest.raises(StoreUnavailable, match="nowhere"):
        open_store(url, DrivenClock())
    assert version_of(url) == VERSION
    assert columns(url) == {"stage", "position"}
    revision.write_text(whole)
    write_one(url, "new")
    assert version_of(url) == "9999"


def test_a_newer_store_is_refused_and_untouched(url: str) -> None:
    write_one(url, "old")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(NewerStore, match=r"9999.*use the newer program"):
        open_store(url, DrivenClock())
    assert version_of(url) == "9999"
    assert columns(url) == {"stage", "position"}


def test_a_newer_file_is_not_changed_by_a_byte(file: Path) -> None:
    write_one(f"sqlite:///{file}", "old")
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = file.read_bytes()
    with pytest.raises(NewerStore):
        open_store(f"sqlite:///{file}", DrivenClock())
    assert file.read_bytes() == before


@pytest.mark.parametrize("what", ["folder", "text", "PostgreSQL"])
def test_what_is_no_store_is_said_clearly(what: str, file: Path) -> None:
    if what == "folder":
        file.mkdir()
    if what == "text":
        file.write_text("这不是数据库\n" * 1_000)
    url = "postgresql://nobody@127.0.0.1:1/none" if what == "PostgreSQL" else f"sqlite:///{file}"
    with pytest.raises(StoreUnavailable, match=r"unable to open|not a database|refused"):
        open_store(url, DrivenClock())


# -- acts ------------------------------------------------------------------------------------------


def test_what_was_written_is_there_when_write_returns(store: Store, url: str) -> None:
    """Seen from outside, at the very moment that each of many threads goes on."""
    outside = create_engine(url)
    missing = []

    def one(number: int) -> None:
        name = store.write(put(f"row-{number}"))
        with outside.connect() as connection:
            if connection.execute(select(offset.c.stage).where(offset.c.stage == name)).first() is None:
                missing.append(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(64)))
    outside.dispose()
    assert missing == []
    assert len(names(store)) == 64


def test_an_act_that_fails_is_undone_and_raises_its_own_exception(store: Store) -> None:
    def fails(tx: Tx) -> None:
        put("half")(tx)
        raise KeyError("my own")

    with pytest.raises(KeyError, match="my own"):
        store.write(fails)
    with pytest.raises(StoreUnavailable, match=r"(?i)unique"):
        store.write(lambda tx: [put("twice")(tx), put("twice")(tx)])
    with pytest.raises(StoreUnavailable, match="no_such_table"):
        store.write(lambda tx: tx.connection.execute(text("insert into no_such_table values (1)")))
    store.write(put("sound"))
    assert names(store) == {"sound"}


def test_a_complaint_shows_no_values(store: Store) -> None:
    store.write(lambda tx: put_blob(tx, "secret-key", b"secret-body"))
    with pytest.raises(StoreUnavailable) as caught:
        store.write(lambda tx: tx.connection.execute(insert(blob).values(sha256="secret-key", body=b"secret-body")))
    assert "secret-body" not in str(caught.value)
    assert "INSERT" not in str(caught.value)


def queued(store: SqliteStore, acts: list[Callable[[Tx], str]]) -> list["Future[str]"]:
    """Acts handed in by as many threads."""
    pool = ThreadPoolExecutor(len(acts))
    futures = [pool.submit(store.write, act) for act in acts]
    pool.shutdown(wait=False)
    return futures


@pytest.fixture
def sqlite_store(file: Path) -> Iterator[SqliteStore]:
    """A store in one file."""
    made = open_store(f"sqlite:///{file}", DrivenClock())
    assert isinstance(made, SqliteStore)
    yield made
    made.close()


def test_what_many_threads_write_is_one_commit_and_one_failure_is_nobody_elses(
    sqlite_store: SqliteStore,
) -> None:
    commits = []
    sqlite_store.on_commit(lambda: commits.append(1))
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> str:
        begun.set()
        may_go_on.wait(20)
        return put("slow")(tx)

    def bad(tx: Tx) -> str:
        put("bad")(tx)
        tx.connection.execute(text("insert into no_such_table values (1)"))
        return ""

    def worse(tx: Tx) -> str:
        put("worse")(tx)
        raise ValueError("a fault of ours")

    [first] = queued(sqlite_store, [slow])
    assert begun.wait(20)
    acts = queued(sqlite_store, [*(put(f"row-{number}") for number in range(30)), bad, worse])
    until(lambda: sqlite_store._acts.qsize() == len(acts))  # all of them wait for the writer
    assert not any(future.done() for future in [first, *acts])
    may_go_on.set()
    assert first.result(10) == "slow"
    assert [future.result(10) for future in acts[:30]] == [f"row-{number}" for number in range(30)]
    with pytest.raises(StoreUnavailable, match="no_such_table"):
        acts[30].result(10)
    with pytest.raises(ValueError, match="a fault of ours"):
        acts[31].result(10)
    assert names(sqlite_store) == {"slow", *(f"row-{number}" for number in range(30))}
    assert len(commits) == 2, "one for the slow one, one for all the others"


def test_what_many_want_done_together_is_one_act_and_each_has_its_own_answer(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()
    rounds: list[list[int]] = []

    def act(tx: Tx, numbers: Sequence[int]) -> list[str]:
        rounds.append(list(numbers))
        tx.connection.execute(insert(offset), [{"stage": f"n{number}", "position": 1} for number in numbers])
        begun.set()
        go_on.wait(10)
        if len(numbers) > 1 and 3 in numbers:
            raise LookupError("3")
        return [f"answer {number}" for number in numbers]

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(store.write_together, act, 0)
        assert begun.wait(10)
        others = [threads.submit(store.write_together, act, number) for number in (1, 2, 3, 4)]
        until(lambda: _waiting(store) == len(others))
        go_on.set()
        assert first.result() == "answer 0"
        for other in others:
            with pytest.raises(LookupError):
                other.result()
    assert [sorted(one) for one in rounds] == [[0], [1, 2, 3, 4]]
    assert names(store) == {"n0"}, "what failed is undone for all of its round, and for nobody else"
    assert store.write_together(act, 3) == "answer 3"


def _waiting(store: Store) -> int:
    if isinstance(store, SqliteStore):
        return store._acts.qsize()
    assert isinstance(store, PostgresStore)
    return sum(len(one._waiting) for one in store._together.values())


def test_ctrl_c_in_the_middle_of_a_read_is_what_is_raised(
    sqlite_store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    def act(connection: Connection) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(sqlite_store._engine.dialect, "do_execute", stop)
            connection.execute(select(1))

    with pytest.raises(KeyboardInterrupt):
        sqlite_store.read(act)
    with pytest.raises(KeyboardInterrupt), sqlite_store.held() as connection:
        act(connection)
    assert sqlite_store.read(lambda c: c.execute(select(1)).scalar()) == 1


def test_whoever_is_interrupted_while_he_waits_keeps_nobody_else(sqlite_store: SqliteStore) -> None:
    """By a signal, at any instant of the waiting: the writer answers him and goes on."""
    program = f"""
import random, signal
from pathlib import Path
from config.clock import SystemClock
from streams.store.sqlite import SqliteStore

def interrupt(*_):
    if waiting:
        raise KeyboardInterrupt

store, dice, waiting = SqliteStore(Path({str(sqlite_store.file)!r}), SystemClock()), random.Random(5), False
signal.signal(signal.SIGALRM, interrupt)
for _ in range(20_000):
    try:
        waiting = True
        signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.00001, 0.0003))
        store.write(lambda tx: None)
        waiting = False
    except KeyboardInterrupt:
        waiting = False
print(store.write(lambda tx: "well"))
store.close()
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert said.stdout == "well\n", said.stderr


def test_a_reader_sees_one_instant(sqlite_store: SqliteStore) -> None:
    def looks_twice(connection: Connection) -> tuple[int, int]:
        count = select(func.count()).select_from(offset)
        before = connection.execute(count).scalar_one()
        sqlite_store.write(put("meanwhile"))
        return before, connection.execute(count).scalar_one()

    assert sqlite_store.read(looks_twice) == (0, 0)
    assert names(sqlite_store) == {"meanwhile"}


def test_it_knows_when_somebody_else_wrote(sqlite_store: SqliteStore, file: Path) -> None:
    sqlite_store.changed_elsewhere()
    assert not sqlite_store.changed_elsewhere()
    other = open_store(f"sqlite:///{file}", DrivenClock())
    other.write(put("elsewhere"))
    assert sqlite_store.changed_elsewhere()
    assert not sqlite_store.changed_elsewhere()
    other.close()


def test_a_savepoint_undoes_what_is_inside_alone(store: Store) -> None:
    def inside(tx: Tx, *acts: Callable[[Tx], object]) -> None:
        with tx.savepoint():
            for act in acts:
                act(tx)

    def fails(tx: Tx) -> None:
        raise KeyError("a fault of ours")

    def act(tx: Tx) -> None:
        put("before")(tx)
        with pytest.raises(DBAPIError):
            inside(tx, put("inside"), put("before"))
        with pytest.raises(KeyError):
            inside(tx, put("inside"), fails)
        inside(tx, put("good"))
        put("after")(tx)

    store.write(act)
    assert names(store) == {"before", "good", "after"}


def test_an_effect_happens_once_whoever_asks(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = list(
            pool.map(lambda number: store.write(lambda tx: tx.once("plan", [f"event-{number % 5}"])), range(40))
        )
    assert sorted(name for new in asked for name in new) == [f"event-{number}" for number in range(5)]
    assert store.write(lambda tx: tx.once("settle", ["event-1"])) == {"event-1"}, "each stage for itself"


def test_an_insert_that_may_be_ignored_tells_whether_it_was(store: Store) -> None:
    row = {"stage": "a", "position": 1}

    def act(tx: Tx) -> list[int]:
        return [tx.connection.execute(tx.insert_or_ignore(offset), row).rowcount for _ in range(3)]

    assert store.write(act) == [1, 0, 0]
    many = [{"stage": name, "position": 2} for name in "abc"]
    store.write(lambda tx: tx.connection.execute(tx.insert_or_ignore(offset), many))
    rows = store.read(lambda c: c.execute(select(offset.c.stage, offset.c.position)).all())
    assert sorted(map(tuple, rows)) == [("a", 1), ("b", 2), ("c", 2)]


def test_bytes_are_kept_once_under_their_hash(store: Store) -> None:
    body = bytes(range(256)) * 4_096
    for _ in range(2):
        store.write(lambda tx: put_blob(tx, "abc", body))
    assert store.get_blob("abc") == body
    with pytest.raises(KeyError):
        store.get_blob("abd")


def test_what_one_name_guards_is_done_by_one_at_a_time(store: Store) -> None:
    """Two transactions that read, then write: without ``alone`` both would read the same."""
    store.write(put("counter", 0))
    mine = offset.c.stage == "counter"

    def count(tx: Tx) -> None:
        tx.alone("counter")
        seen = tx.connection.execute(select(offset.c.position).where(mine)).scalar_one()
        tx.connection.execute(offset.update().where(mine).values(position=seen + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.write(count), range(40)))
    assert store.read(lambda c: c.execute(select(offset.c.position).where(mine)).scalar()) == 40


@pytest.mark.timeout(30)
def test_whoever_writes_to_a_closed_store_is_told_so(file: Path) -> None:
    store = open_store(f"sqlite:///{file}", DrivenClock())
    told: list[str] = []

    def write_on() -> None:
        try:
            while True:
                store.write(lambda tx: None)
        except StoreUnavailable as error:
            told.append(str(error))

    threads = [threading.Thread(target=write_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    store.close()
    for thread in threads:
        thread.join()
    assert told == ["the store is closed"] * 4


# -- when the disk will not ------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    with small_disk(tmp_path / "small", megabytes=2) as folder:
        yield folder


def test_on_a_full_disk_nothing_acknowledged_is_lost_and_it_goes_on_when_there_is_room(small: Path) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(300_000))
    store = open_store(f"sqlite:///{small / 'gongkai.sqlite'}", DrivenClock())
    acknowledged: list[str] = []

    def fill(name: str) -> None:
        sha = f"{name}-{len(acknowledged)}"
        store.write(lambda tx: put_blob(tx, sha, os.urandom(20_000)))
        acknowledged.append(sha)

    def fill_up() -> None:
        for _ in range(1_000):
            fill("before")

    with pytest.raises(StoreUnavailable, match="full"):
        fill_up()
    assert len(acknowledged) > 5
    with pytest.raises(StoreUnavailable):
        fill("full")
    ballast.unlink()
    fill("after")
    kept = store.read(lambda c: c.execute(select(blob.c.sha256)).scalars().all())
    assert set(kept) == set(acknowledged)
    assert store.read(lambda c: c.execute(text("pragma integrity_check")).scalar()) == "ok"
    store.close()


def test_a_disk_that_cannot_be_written_is_said_clearly(small: Path) -> None:
    url = f"sqlite:///{small / 'gongkai.sqlite'}"
    write_one(url, "sound")
    assert mount(small, "remount,ro")
    with pytest.raises(StoreUnavailable, match=r"(?i)read.?only|unable to open"):
        write_one(url, "lost")
    assert mount(small, "remount,rw")
    write_one(url, "back")


def test_a_disk_that_becomes_read_only_is_said_clearly_and_it_goes_on_afterwards(small: Path) -> None:
    file = small / "gongkai.sqlite"
    store = open_store(f"sqlite:///{file}", DrivenClock())
    store.write(put("sound"))
    store.close()  # a mount cannot change while files are open for writing
    assert mount(small, "remount,ro")
    store = SqliteStore(file, DrivenClock())
    with pytest.raises(StoreUnavailable, match=r"(?i)read.?only|unable to open"):
        store.write(put("lost"))
    assert mount(small, "remount,rw")
    store.write(put("back"))
    assert names(store) == {"sound", "back"}
    store.close()


# -- an acknowledgement comes after the disk has it ------------------------------------------------

ACKNOWLEDGES = """
import os, sys
from sqlalchemy import insert
from config.clock import SystemClock
from streams.store.migrate import open_store
from streams.store.tables import offset

store = open_store(sys.argv[1], SystemClock())
os.write(1, b"READY\\n")
for number in range(20):
    row = {"stage": f"row-{number}", "position": number}
    store.write(lambda tx: tx.connection.execute(insert(offset).values(row)))
    os.write(1, f"ACK {number}\\n".encode())
store.close()
"""


@pytest.mark.slow
def test_the_disk_has_it_before_it_is_acknowledged(file: Path, tmp_path: Path) -> None:
    strace = need("strace", shutil.which("strace"), "install strace (Debian: apt-get install strace)")
    trace = tmp_path / "trace"
    calls = "trace=write,pwrite64,fsync,fdatasync"
    subprocess.run(
        [strace, "-f", "-y", "-e", calls, "-o", trace, sys.executable, "-c", ACKNOWLEDGES, f"sqlite:///{file}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    order = [step for line in trace.read_text(errors="replace").splitlines() if (step := seen(line))]
    order = order[order.index("ready") + 1 :]
    unsynced = True
    acknowledged = 0
    for step in order:
        match step:
            case "write":
                unsynced = True
            case "sync":
                unsynced = False
            case "acknowledged":
                acknowledged += 1
                assert not unsynced, f"acknowledgement {acknowledged} went out before the disk had it"
                unsynced = True  # the next one needs a sync of its own
    assert acknowledged == 20


def seen(line: str) -> str | None:
    """What a line of the trace means: the log of the database written or synced, or an acknowledgement given."""
    if "READY" in line:
        return "ready"
    if re.search(r'write\(1<.*"ACK \d', line):
        return "acknowledged"
    if "gongkai.sqlite-wal" in line:
        if re.search(r"pwrite64\(|write\(", line):
            return "write"
        if re.search(r"(fdatasync|fsync)\(.*\) = 0|<\.\.\. (fdatasync|fsync) resumed.*= 0", line):
            return "sync"
    return "sync" if re.search(r"<\.\.\. (fdatasync|fsync) resumed.*= 0", line) else None


def test_every_instant_comes_back_to_the_microsecond(store: Store) -> None:
    clock = DrivenClock()
    shared = tables.shared
    store.write(lambda tx: tx.connection.execute(insert(shared).values(key="a", expires_at=clock.now())))
    assert store.read(lambda c: c.execute(select(shared.c.expires_at)).scalar()) == clock.now()
