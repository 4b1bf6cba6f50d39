"""``gongkai migrate`` without ``--to``: the store at this program's version before anything works with it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from producers.command.exits import Exit
from streams.store.migrate import VERSION
from tests.producers.command.conftest import Terminal
from tests.producers.command.manual import keys, sections

SECRET = "geheim"  # what may be seen nowhere


@pytest.mark.usefixtures("no_store")
def test_a_store_is_made_and_then_found_as_it_should_be(home: Path, gongkai: Terminal) -> None:
    made = gongkai.ok("migrate")
    assert made == {"exit": 0, "store": str(home / "gongkai.sqlite"), "was": None, "version": VERSION}
    assert keys(made) <= sections()["migrate"].keys
    assert gongkai.ok("migrate")["was"] == VERSION
    assert "什么都没有改变" in gongkai("migrate").out


def test_a_store_in_postgresql_is_told_without_its_password(
    gongkai: Terminal, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("postgresql+psycopg://postgres:@", f"postgresql://postgres:{SECRET}@")
    monkeypatch.setenv("GONGKAI_STORE", address)
    said = gongkai.ok("migrate")
    assert said["was"] is None
    assert SECRET not in json.dumps(said)
    assert gongkai.ok("migrate")["was"] == VERSION


def test_a_store_that_a_newer_program_wrote_is_refused_and_left(home: Path, gongkai: Terminal) -> None:
    gongkai.ok("migrate")
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store, store:
        store.execute("update alembic_version set version_num = '9999'")
    refused = gongkai("migrate")
    assert refused.exit == Exit.STORE
    assert "9999" in refused.err
    with closing(sqlite3.connect(home / "gongkai.sqlite")) as store:
        assert store.execute("select version_num from alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize("args", [["--dry-run"], ["--from", "sqlite"]])
def test_what_belongs_to_a_move_is_refused_without_one(gongkai: Terminal, args: list[str]) -> None:
    refused = gongkai("migrate", *args)
    assert refused.exit == Exit.USAGE
    assert "--to" in refused.err
