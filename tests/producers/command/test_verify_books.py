"""``gongkai verify`` compares the books with each other: whoever alters one alters all, and the audit cannot be."""

import json
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
import structlog

from producers.command.exits import Exit
from tests.journeys.town import furnish
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.conftest import NOBODY, OUTLETS


def meddle(gongkai: Terminal, statement: str) -> None:
    """What nobody should do to a store."""
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        assert store.execute(statement).rowcount > 0


def kinds(gongkai: Terminal) -> set[str]:
    """What kinds of thing do not agree."""
    said = gongkai("verify", "--records", "--json")
    assert said.exit == (Exit.WRONG if said.data["findings"] else Exit.DONE)
    for one in said.data["findings"]:
        assert one["where"]
        assert one["what"]
    return {one["kind"] for one in said.data["findings"]}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder of an office with a life behind it, and its first notice; made once, for it takes long."""
    folder, before = tmp_path_factory.mktemp("lived"), structlog.get_config()
    furnish(folder / "home", NOBODY, OUTLETS)
    (folder / "desk").mkdir()
    gongkai, desk = Terminal(folder / "home"), Desk(folder / "desk")
    (done,) = gongkai.ok("publish", desk.file("办结情况"), "--wait")["files"]
    name: str = done["notice"]
    gongkai.ok("correct", name, desk.file("办结情况（更正）"), "--note", "标题有误", "--wait")
    gongkai.ok("withdraw", name, "--reason", "口径有误", "--wait")
    gongkai.ok("publish", desk.file("另一件"), "--wait")
    of = ("--about", "公开申请", "--section", "bgs", "--office", "rsj")
    gongkai.ok("due", "add", "answer", "2026-09-21", *of)  # over a holiday
    paused = gongkai.ok("due", "add", "answer", "2026-11-02", *of)
    gongkai.ok("due", "pause", paused["duty"], "2026-11-03", "--why", "等补正")
    gongkai.ok("due", "resume", paused["duty"], "2026-11-09", "--why", "补正了")
    gongkai.ok("due", "add", "first-word", "2026-11-20T08:40", *of)
    assert kinds(gongkai) == set()
    structlog.configure(**before)
    return gongkai.home, name


@pytest.fixture
def life(gongkai: Terminal, lived: tuple[Path, str]) -> str:
    """A notice that was published, corrected and withdrawn, and another that stands; the first one's id."""
    folder, name = lived
    shutil.copytree(folder, gongkai.home, dirs_exist_ok=True)
    return name


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("notice", "delete from notice"),
        ("notice", "update notice set index_number = 'X-1' where version = 1"),
        ("notice", "update notice set released_at = 0"),
        ("notice", "update notice set released_at = null"),
        ("notice", "update notice set state = 'released' where state = 'withdrawn'"),
        ("notice", "update notice set office = 'ybj' where version = 1"),
        ("notice", "update notice set version = 1 where version = 2"),
        ("notice", "delete from version where number = 2"),
        ("notice", "update version set released_at = 0 where number = 2"),
        ("notice", "insert into version select 'x-1', number, state, title, content, sha256, digest, drafted_at,"
         " approved_at, released_at from version limit 1"),
        ("notice", "delete from message where sequence = 1"),
        ("notice", "update message set content = replace(content, '186', '187') where sequence = 2"),
        ("notice", "update message set released_at = 0 where sequence = 2"),
        ("notice", "delete from rendition where channel = 'feed'"),
        ("notice", "update rendition set sha256 = (select sha256 from rendition where channel = 'feed' limit 1)"
         " where channel = 'website'"),
        ("delivery", "delete from delivery where sequence = 2"),
        ("delivery", "delete from delivery"),
        ("delivery", "update delivery set state = 'delivered'"),
        ("delivery", "update part set state = 'delivered'"),
        ("delivery", "delete from part where sequence = 2"),
        ("delivery", "delete from attempt where id = 2"),
        ("delivery", "update delivery set message = 'x.1' where sequence = 2"),
        ("delivery", "update delivery set rendition = 'x' where sequence = 2"),
        ("duty", "update duty set last = '2027-12-31' where begun = 'disclose'"),
        ("duty", "update duty set last = '2026-11-30', ends_at = ends_at - 86400000000 where begun is null"),
        ("duty", "update duty set ends_at = ends_at + 1 where rule like '%first-word%'"),
        ("duty", "update duty set provisional = not provisional where begun is null"),
        ("duty", "update duty set start = start + 7 * 86400000000 where begun = 'disclose'"),
        ("duty", "update duty set pauses = '[]' where pauses <> '[]'"),
        ("duty", "update duty set pauses = 'none' where pauses <> '[]'"),
        ("duty", "update duty set rule = replace(rule, '20', '25') where begun = 'disclose'"),
        ("duty", "update duty set rule = 'x' where begun = 'disclose'"),
        ("duty", "update duty set edition = edition + 1 where begun = 'disclose'"),
        ("duty", "update duty set last = null, ends_at = null where begun is null"),
        ("duty", "update calendar_edition set days = '{\"off\": {}, \"worked\": {}, \"usual\": []}'"),
    ],
)  # fmt: skip
def test_whatever_is_altered_is_found(gongkai: Terminal, life: str, kind: str, statement: str) -> None:
    meddle(gongkai, statement)
    assert kind in kinds(gongkai)


def test_a_version_altered_with_its_hash_is_found(gongkai: Terminal, life: str) -> None:
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        (text,) = store.execute("select content from version where notice = ? and number = 1", (life,)).fetchone()
        altered = text.replace("186", "187")
        assert altered != text
        digest = sha256(altered.encode()).hexdigest()
        store.execute(
            "update version set content = ?, sha256 = ? where notice = ? and number = 1", (altered, digest, life)
        )
    assert kinds(gongkai) == {"notice"}


def test_a_delivery_and_all_of_it_deleted_is_found(gongkai: Terminal, life: str) -> None:
    for statement in (
        "delete from attempt where delivery in (select id from delivery where sequence = 1 and endpoint = 'site')",
        "delete from part where sequence = 1 and endpoint = 'site'",
        "delete from delivery where sequence = 1 and endpoint = 'site'",
    ):
        meddle(gongkai, statement)
    said = gongkai("verify", "--records", "--json")
    assert "site/1" in {one["where"] for one in said.data["findings"]}


def test_what_is_wrong_with_a_duty_is_named(gongkai: Terminal, life: str) -> None:
    meddle(gongkai, "update duty set last = '2027-12-31' where pauses <> '[]'")
    said = gongkai("verify", "--records")
    assert said.exit == Exit.WRONG
    assert "最后一天 是 2027-12-31，照规则、起点、中止和日历再算是 2026-12-07" in said.out.replace("\n", "")
    assert kinds(gongkai) == {"duty"}


def test_what_waits_to_be_sent_is_no_flaw(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("publish", desk.file("办结情况"))
    assert kinds(gongkai) == set()
    assert json.loads(gongkai("verify", "--records", "--json").out)["looked_at"]["notice"] == 1
