"""``gongkai migrate``: an office at work moves to PostgreSQL, and goes on there as if nothing had been."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import NullPool, create_engine, text

from producers.command.exits import Exit
from streams.embedded import hold_folder
from tests.journeys.town import furnish
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.command.manual import keys, sections
from tests.producers.conftest import NOBODY, OUTLETS

SECRET = "geheim"  # what may be seen nowhere


@pytest.fixture
def address(postgres_url: str) -> str:
    """Of an empty database, with a password that it does not ask for."""
    return postgres_url.replace("postgresql+psycopg://postgres:@", f"postgresql://postgres:{SECRET}@")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An office that published with an attachment, corrected, withdrew, set an event aside, and has work waiting.

    Its folder, with the desk in it, and the id of the notice that was withdrawn.
    """
    home = tmp_path_factory.mktemp("office") / "home"
    furnish(home, NOBODY, OUTLETS)
    gongkai, desk, before = Terminal(home), Desk(home / "desk"), structlog.get_config()
    desk.folder.mkdir()
    (desk.folder / "附件.csv").write_text("岗位,人数\n甲,2\n", "utf-8")
    (first,) = gongkai.ok("publish", desk.file("第一件", "附件: [附件.csv]"), "--wait")["files"]
    (second,) = gongkai.ok("publish", desk.file("第二件"), "--wait")["files"]
    gongkai.ok("correct", first["notice"], desk.file("第一件（更正）"), "--note", "标题", "--wait")
    gongkai.ok("withdraw", second["notice"], "--reason", "口径有误", "--wait")
    gongkai.ok("endpoints", "disable", "feeds", "--why", "换址")
    gongkai.ok("endpoints", "pause", "ybj-site", "--why", "检修")
    gongkai.ok("publish", desk.file("等着的"))
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        letter = ("plan", "notices", None, b"\x00{\xff", "unreadable", 1_764_000_000_000_000, "waiting")
        columns = "(stage, topic, event, body, cause, at, state)"
        store.execute(f"insert into dead_letter {columns} values (?, ?, ?, ?, ?, ?, ?)", letter)
    structlog.configure(**before)
    return home, second["notice"]


@pytest.fixture
def history(office: tuple[Path, str], home: Path, desk: Desk) -> str:
    """The office's whole history in this test's own folder; the id of the notice that was withdrawn."""
    shutil.copytree(office[0], home, dirs_exist_ok=True)
    shutil.copytree(home / "desk", desk.folder, dirs_exist_ok=True)
    return office[1]


def reads(gongkai: Terminal, notice: str) -> list[dict[str, Any]]:
    """Whatever the product can be asked."""
    asked = (
        ("status",),
        ("status", notice),
        ("endpoints", "list"),
        ("dead-letters", "list"),
        ("dead-letters", "show", 1),
    )
    return [gongkai.ok(*args) for args in (*asked, ("verify", "--records"))]


def column(address: str, statement: str) -> list[Any]:
    """What the database says."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text(statement)).scalars())


def test_an_office_moves_and_goes_on(
    gongkai: Terminal, desk: Desk, history: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reads(gongkai, history)
    monkeypatch.setenv("GONGKAI_STORE", address)
    moved = gongkai.ok("migrate", "--from", "sqlite", "--to", "postgresql", "--by", "林晓")
    assert (moved["state"], moved["flaws"], moved["is_set"]) == ("begun", [], True)
    assert reads(gongkai, history) == before

    (late,) = gongkai.ok("publish", desk.file("搬后一件"), "--wait")["files"]
    gongkai.ok("correct", late["notice"], desk.file("搬后一件（更正）"), "--note", "标题", "--wait")
    gongkai.ok("withdraw", late["notice"], "--reason", "不再适用", "--wait")
    gongkai.ok("endpoints", "enable", "feeds")
    gongkai.ok("publish", desk.file("最后一件"), "--wait")
    for endpoint in ("site", "feeds"):
        sequences = column(address, f"select sequence from delivery where endpoint = '{endpoint}' order by sequence")
        assert sequences == list(range(1, len(sequences) + 1))
    numbers = sorted(column(address, "select index_number from notice"))
    assert [one[-5:] for one in numbers] == ["00001", "00002", "00003", "00004", "00005"]
    assert gongkai.ok("publish", desk.folder / "第二件.md")["files"][0]["already"]
    assert gongkai.ok("verify", "--records")["findings"] == []
    assert column(address, "select who from audit where act = 'store.moved'") == ["林晓"]
    assert column(address, "select count(*) from delivery where state in ('planned', 'sending')") == [0]


def test_the_old_store_says_where_it_went(gongkai: Terminal, history: str, address: str) -> None:
    said = gongkai("migrate", "--to", address)
    assert said.exit == Exit.DONE
    assert "逐行核对一致" in said.out
    assert 'store = "postgresql://postgres@' in said.out
    for args in (("status",), ("up",), ("publish", "x.md"), ("migrate", "--to", address, "--dry-run")):
        refused = gongkai(*args)
        assert refused.exit == Exit.STORE
        assert "已经搬到 postgresql://postgres@" in refused.err
    checked = gongkai("check")
    assert checked.exit == Exit.CONFIGURATION
    assert "已经搬到 PostgreSQL" in checked.out
    again = gongkai.ok("migrate", "--to", address)
    assert (again["state"], again["tables"]) == ("over", [])
    assert "以前已经搬到" in gongkai("migrate", "--to", address).out


def test_a_look_writes_nothing(gongkai: Terminal, history: str, address: str) -> None:
    before = (gongkai.home / "gongkai.sqlite").read_bytes()
    with hold_folder(gongkai.home):  # as a running up does
        looked = gongkai.ok("migrate", "--to", address, "--dry-run")
        assert "什么都没有写" in gongkai("migrate", "--to", address, "--dry-run").out
    sizes = {one["table"]: (one["rows"], one["bytes"]) for one in looked["tables"]}
    assert sizes["dead_letter"] == (1, len(b"\x00{\xff" + b"plannoticesunreadablewaiting") + 16)
    assert looked["copied"] is None
    assert (gongkai.home / "gongkai.sqlite").read_bytes() == before
    assert column(address, "select tablename from pg_tables where schemaname = 'public'") == []


def test_the_answers_have_the_keys_of_the_manual(gongkai: Terminal, history: str, address: str) -> None:
    (gongkai.home / "heads.jsonl").unlink()
    asked: tuple[list[str], ...] = ([], ["--to", address, "--dry-run"], ["--to", address])
    answers = [gongkai.ok("migrate", *args) for args in asked]
    assert answers[2]["flaws"][0]["kind"] == "audit"
    assert {key for one in answers for key in keys(one)} == sections()["migrate"].keys


def test_what_did_not_hold_before_is_told(gongkai: Terminal, history: str, address: str) -> None:
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        store.execute("update blob set body = x'00' where sha256 = (select min(sha256) from blob)")
    said = gongkai("migrate", "--to", address)
    assert said.exit == Exit.DONE
    assert "有 1 处在搬之前就不对" in said.out


def test_a_running_up_is_refused(gongkai: Terminal, history: str, address: str) -> None:
    with hold_folder(gongkai.home):
        assert gongkai("migrate", "--to", address).exit == Exit.RUNNING
    assert column(address, "select tablename from pg_tables where schemaname = 'public'") == []


def test_a_database_that_is_not_empty_is_refused(gongkai: Terminal, history: str, address: str) -> None:
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("create table orders (id int)"))
    engine.dispose()
    for args in ([], ["--dry-run"]):
        said = gongkai("migrate", "--to", address, *args)
        assert said.exit == Exit.WRONG
        assert "不是空的（orders）" in said.err
    assert gongkai("status").exit == Exit.DONE


@pytest.mark.parametrize("configured", ["", "mysql://h/d", "sqlite:///elsewhere.sqlite"])
def test_a_configuration_that_names_another_store_is_said_to(
    gongkai: Terminal, history: str, address: str, configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_STORE", configured)
    assert not gongkai.ok("migrate", "--from", "sqlite", "--to", address)["is_set"]


@pytest.mark.usefixtures("no_store")
def test_without_a_store_there_is_nothing_to_move(gongkai: Terminal, address: str) -> None:
    said = gongkai("migrate", "--to", address)
    assert said.exit == Exit.WRONG
    assert "没什么可搬的" in said.err
    assert not (gongkai.home / "gongkai.sqlite").exists()


@pytest.fixture
def half(gongkai: Terminal, history: str, address: str) -> Iterator[Callable[[type[BaseException]], Any]]:
    """Run the move up to where it would compare, and raise there."""
    with pytest.MonkeyPatch.context() as patch:

        def run(error: type[BaseException]) -> Any:
            def raised(*_: object) -> None:
                raise error

            patch.setattr("streams.store.move.move.compare", raised)
            said = gongkai("migrate", "--to", address)
            patch.undo()
            return said

        yield run


def test_an_interrupted_move_goes_on(
    gongkai: Terminal, address: str, half: Callable[[type[BaseException]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = half(KeyboardInterrupt)
    assert said.exit == Exit.INTERRUPTED
    assert "会接着搬" in said.err
    assert gongkai("status").exit == Exit.DONE
    assert gongkai.ok("migrate", "--to", address, "--dry-run")["copied"] > 0
    with monkeypatch.context() as patch:
        patch.setenv("GONGKAI_STORE", address)
        refused = gongkai("status")
        assert (refused.exit, "还没有搬完" in refused.err) == (Exit.STORE, True)
        assert "还没有搬完" in gongkai("check").out
    assert gongkai.ok("migrate", "--to", address)["state"] == "resumed"


def test_what_differs_is_named(gongkai: Terminal, history: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from streams.store.move.compare import compare

    def meddled(*args: Any) -> Any:
        engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(text("update version set title = 'x'"))
        engine.dispose()
        return compare(*args)

    monkeypatch.setattr("streams.store.move.move.compare", meddled)
    said = gongkai("migrate", "--to", address)
    assert said.exit == Exit.WRONG
    assert "version 2" in said.err
    assert "和旧的存储里不一样" in said.err


@pytest.mark.parametrize(
    "args",
    [
        ["--to", f"postgres://u:{SECRET}@h/d"],
        ["--to", f"postgresql://u:ge@{SECRET}@h/d"],
        ["--to", "postgresql"],
        ["--from", "postgresql", "--to", f"postgresql://u:{SECRET}@h/d"],
        ["--dry-run"],
    ],
)
def test_a_mistake_is_told_without_the_password(gongkai: Terminal, args: list[str]) -> None:
    for more in ([], ["--json"], ["--lang", "en"]):
        said = gongkai("migrate", *args, *more)
        assert said.exit == Exit.USAGE
        assert SECRET not in said.out + said.err


@pytest.mark.parametrize("more", [[], ["--json"], ["--dry-run"]])
def test_no_password_is_shown_whatever_happens(
    gongkai: Terminal, history: str, address: str, more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_TRACEBACK", "1")
    for to, code in ((f"postgresql://u:{SECRET}@127.0.0.1:9/d", Exit.STORE), (address, Exit.DONE)):
        said = gongkai("migrate", "--to", to, *more)
        assert said.exit == code
        assert SECRET not in said.out + said.err
    for file in gongkai.home.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    if not more:
        assert SECRET not in json.dumps(column(address, "select detail || subject from audit"))
