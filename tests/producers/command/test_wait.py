"""``--wait``: beside nothing it sends by itself, beside ``gongkai up`` it only looks; nothing is lost or doubled."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from producers.command.exits import Exit
from producers.house import house
from streams.embedded import AlreadyRunning, hold_folder
from tests.faults.rig import Partners, furnish, partners
from tests.journeys.town import tell
from tests.producers.command.conftest import PROGRAM, Desk, Terminal
from tests.source import ROOT

ALL = "website, feed, webhook"
PAPER = "ribao"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """One newspaper that receives."""
    with partners(tmp_path_factory.mktemp("partners"), (PAPER,)) as running:
        yield running


@pytest.fixture
def gongkai(at: Partners, tmp_path: Path) -> Terminal:
    """An office with a site, feeds and the newspaper, which behaves."""
    tell(at, how="well")
    return Terminal(furnish(tmp_path / "home", at, (PAPER,)))


def kept(at: Partners, title: str) -> int:
    """How often the newspaper kept the release called ``title``."""
    return sum(one["event"]["data"]["title"] == title for one in at.stored(PAPER))


def change(gongkai: Terminal, statement: str, *values: object) -> None:
    """What nobody should do to a store."""
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        store.execute(statement, values)


def test_beside_nothing_it_sends_by_itself(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    said = gongkai.process("publish", desk.file("独自发布", channels=ALL), "--wait")
    assert said.exit == Exit.DONE, said.err
    assert "已送达" in said.out
    assert "已接收" in said.out
    assert kept(at, "独自发布") == 1
    hold_folder(gongkai.home).close()  # it let go of the folder


def test_beside_a_running_engine_it_only_looks(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    with house(gongkai.home) as here, hold_folder(gongkai.home):
        engine = here.engine()
        engine.start()
        said = gongkai.process("publish", desk.file("旁边发布", channels=ALL), "--wait")
        engine.stop()
    assert said.exit == Exit.DONE, said.err
    assert kept(at, "旁边发布") == 1
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        assert store.execute("select distinct holder from attempt").fetchall() == [(here.token,)]


def test_on_a_terminal_it_is_seen_how_far_each_channel_is(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    tell(at, how="slow", seconds=2, times=1)
    files = [desk.file(title, channels=ALL) for title in ("看着的一件", "看着的又一件")]
    drawn = on_a_terminal(gongkai, "publish", *files, "--wait")
    bar = drawn.index("1/2")
    assert drawn.rindex("发布", 0, bar) >= 0, "a bar while the files are published"
    assert bar < drawn.index("0/2", bar) < drawn.rindex("2/2"), "then the deliveries of each outlet"
    assert drawn.index("待发送", bar) < drawn.rindex("✓ 已送达 2")
    assert kept(at, "看着的又一件") == 1


def on_a_terminal(gongkai: Terminal, *args: object) -> str:
    """Everything that a command draws on a terminal of 100 columns, in order, without the marks that move about."""
    ours, its = pty.openpty()
    words = [str(PROGRAM), *map(str, args), "--home", str(gongkai.home)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "LINES": "40", "TERM": "xterm"}
    with subprocess.Popen(words, env=env, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        drawn = b"".join(iter(partial(_read, ours), b""))
    os.close(ours)
    assert process.returncode == Exit.DONE, drawn.decode()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # what a terminal says when the last one has left it
        return b""


def test_without_waiting_it_tells_who_sends(gongkai: Terminal, desk: Desk) -> None:
    alone = gongkai("publish", desk.file("没人发"))
    assert "2 次投递等着" in alone.out
    with hold_folder(gongkai.home):
        beside = gongkai("publish", desk.file("有人发"))
    assert "gongkai up 正在发送" in beside.out


def test_what_waits_can_be_waited_for_later(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    file = desk.file("以后再等", channels=ALL)
    gongkai.ok("publish", file)
    assert kept(at, "以后再等") == 0
    later = gongkai.ok("publish", file, "--wait")
    assert later["files"][0]["already"]
    assert {one["outcome"] for one in later["deliveries"]} == {"accepted", "delivered"}
    assert kept(at, "以后再等") == 1


def test_it_stops_waiting_when_the_time_is_up_and_the_rest_goes_on(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    tell(at, how="status", status=500)
    file = desk.file("慢慢来", channels=ALL)
    said = gongkai("publish", file, "--wait", "--timeout", 6, "--json")
    assert said.exit == Exit.WAITING
    assert said.data["waiting"] == 1
    (paper,) = [one for one in said.data["deliveries"] if one["endpoint"] == PAPER]
    assert paper["outcome"] == "planned"
    assert "500" in paper["cause"]
    assert paper["next_try_at"]
    told = gongkai("publish", file, "--wait", "--timeout", 0.3)
    assert "还有 1 次投递没有结果" in told.out
    tell(at, how="well")
    assert gongkai("publish", file, "--wait").exit == Exit.DONE
    assert kept(at, "慢慢来") == 1


def test_an_outlet_that_will_not_have_it_is_told(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    tell(at, how="status", status=410)
    said = gongkai("publish", desk.file("不要了", channels=ALL), "--wait")
    assert said.exit == Exit.FAILED
    assert "等人处理" in said.out
    tell(at, how="well")
    gongkai.ok("endpoints", "enable", PAPER)
    assert gongkai("publish", desk.file("不要了", channels=ALL), "--wait").exit == Exit.DONE
    assert kept(at, "不要了") == 1


def test_a_line_that_stands_still_is_told_at_once(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("停了")
    gongkai.ok("publish", file)
    change(gongkai, "insert into line (stage, dead_in_row, stopped_at, why) values ('plan', 20, 1, 'bad deploy')")
    said = gongkai("publish", file, "--wait")
    assert said.exit == Exit.STOPPED
    assert "gongkai resume" in said.out
    assert gongkai.ok("resume")["stages"] == ["plan"]
    assert gongkai("publish", file, "--wait").exit == Exit.DONE


def test_an_event_that_was_set_aside_is_told_and_can_be_run_again(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("进了死信")
    (done,) = gongkai.ok("publish", file)["files"]
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        (content,) = store.execute("select content from message").fetchone()
    change(gongkai, "update message set content = '{}'")
    said = gongkai("publish", file, "--wait")
    assert said.exit == Exit.STOPPED
    letters = gongkai.ok("dead-letters", "list")["letters"]
    assert sorted(one["stage"] for one in letters) == ["owe", "plan"]  # the notice belongs to no matter
    assert all(str(one["letter"]) in said.out for one in letters)
    letter = next(one for one in letters if one["stage"] == "plan")
    failed = gongkai("dead-letters", "retry", letter["letter"])
    assert failed.exit == Exit.STOPPED
    assert "还是不行" in failed.out
    change(gongkai, "update message set content = ?", content)
    assert gongkai("dead-letters", "retry", "--all").exit == Exit.DONE
    assert gongkai("publish", file, "--wait").exit == Exit.DONE
    assert gongkai.ok("status", done["notice"])["deliveries"]
    assert "dead_letter.retried" in acts(gongkai, "-")


def acts(gongkai: Terminal, office: str) -> list[str]:
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        return [act for (act,) in store.execute("select act from audit where office = ? order by number", (office,))]


@pytest.mark.slow
def test_killed_at_any_time_a_second_run_ends_it_and_nothing_is_doubled(
    gongkai: Terminal, desk: Desk, at: Partners
) -> None:
    files = [desk.file(f"第{number}件", channels=ALL) for number in range(8)]
    before = len(at.stored(PAPER))
    for round_ in range(4):
        process = gongkai.start("publish", *files, "--wait")
        assert process.stdout is not None
        for _ in range(3 * round_):  # a line further each time: publishing, then sending
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    said = gongkai.process("publish", *files, "--wait", "--json")
    assert said.exit == Exit.DONE, said.err
    assert len({one["notice"] for one in said.data["files"]}) == len(files)
    assert len(gongkai.ok("status")["notices"]) == len(files)
    titles = Counter(one["event"]["data"]["title"] for one in at.stored(PAPER)[before:])
    assert titles == {file.stem: 1 for file in files}
    assert gongkai("verify", "--records").exit == Exit.DONE


@pytest.mark.slow
def test_interrupted_it_loses_nothing_and_says_so(gongkai: Terminal, desk: Desk, at: Partners) -> None:
    tell(at, how="status", status=500)
    file = desk.file("打断", channels=ALL)
    process = gongkai.start("publish", file, "--wait")
    assert process.stdout is not None
    assert "打断" in process.stdout.readline()
    while True:  # until the engine of this process has begun
        try:
            hold_folder(gongkai.home).close()
        except AlreadyRunning:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED, err
    assert "没有丢" in err
    tell(at, how="well")
    assert gongkai.process("publish", file, "--wait").exit == Exit.DONE
    assert kept(at, "打断") == 1


def test_json_is_one_document_also_when_it_fails(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai.process("publish", desk.folder / "没有.md", "--wait", "--json")
    assert json.loads(said.out)["exit"] == said.exit == Exit.WRONG
    assert said.err == ""
