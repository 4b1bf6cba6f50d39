"""``endpoints``, ``dead-letters``, ``resume``: what people keep in order, and that it is on record."""

import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from producers.command.exits import Exit
from tests.faults.rig import Partners, partners
from tests.journeys.town import Outlet, furnish, tell
from tests.producers.command.conftest import Desk, Terminal

PAPER = ("--channel", "webhook", "--title", "云岭晚报", "--office", "rsj", "--option", "url=https://wan.example/in")


def endpoint(gongkai: Terminal, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in gongkai.ok("endpoints", "list")["endpoints"] if one["id"] == name)
    return found


def test_a_webhook_gets_a_secret_that_is_shown_once_and_only_we_can_read(gongkai: Terminal) -> None:
    said = gongkai("endpoints", "add", "wanbao", *PAPER)
    assert said.exit == Exit.DONE
    file = gongkai.home / "secrets" / "wanbao"
    secret = file.read_text("utf-8").strip()
    assert secret.startswith("whsec_")
    assert secret in said.out
    assert "只显示这一次" in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for args in (("endpoints", "list"), ("check",), ("endpoints", "list", "--json")):
        assert secret not in gongkai(*args).out
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        assert secret not in "\n".join(store.iterdump())


def test_a_name_that_is_taken_changes_nothing(gongkai: Terminal) -> None:
    gongkai.ok("endpoints", "add", "wanbao", *PAPER)
    before = (gongkai.home / "secrets" / "wanbao").read_text("utf-8")
    said = gongkai("endpoints", "add", "wanbao", *PAPER)
    assert said.exit == Exit.WRONG
    assert "已经有投放点" in said.err
    assert (gongkai.home / "secrets" / "wanbao").read_text("utf-8") == before


def test_a_secret_that_is_there_is_left_alone_and_can_be_used(gongkai: Terminal) -> None:
    (gongkai.home / "secrets").mkdir()
    file = gongkai.home / "secrets" / "wanbao"
    file.write_text("whsec_" + "A" * 44, "utf-8")
    said = gongkai("endpoints", "add", "wanbao", *PAPER)
    assert said.exit == Exit.WRONG
    assert file.read_text("utf-8") == "whsec_" + "A" * 44
    added = gongkai.ok("endpoints", "add", "wanbao", *PAPER, "--option", "secret=wanbao")
    assert added["secret"] is None


@pytest.mark.parametrize("name", ["../x", "X", "a_b", "-a", "", "a" * 64, "a/b"])
def test_a_name_that_could_be_a_path_is_refused(gongkai: Terminal, name: str) -> None:
    said = gongkai("endpoints", "add", "--", name, *PAPER) if name.startswith("-") else None
    said = said or gongkai("endpoints", "add", name, *PAPER)
    assert said.exit in (Exit.WRONG, Exit.USAGE)
    assert not (gongkai.home / "secrets").exists()


def test_wrong_options_name_those_there_are_and_leave_no_secret(gongkai: Terminal) -> None:
    said = gongkai("endpoints", "add", "wanbao", *PAPER, "--option", "colour=red")
    assert said.exit == Exit.WRONG
    assert "colour" in said.err
    assert "supersede" in said.err
    assert not (gongkai.home / "secrets" / "wanbao").exists()


REFUSED = ("http://wan.example/in", "https://127.0.0.1/in", "https://hall/in", "https://wan.example:22/in")


@pytest.mark.parametrize("url", REFUSED)
def test_what_would_never_be_spoken_to_is_not_added_and_a_rehearsal_says_so(
    gongkai: Terminal, desk: Desk, url: str
) -> None:
    paper = (*PAPER[:-1], f"url={url}")
    said = gongkai("endpoints", "add", "wanbao", *paper, "--real")
    assert said.exit == Exit.WRONG
    assert "[[allow]]" in said.err
    assert not (gongkai.home / "secrets" / "wanbao").exists()
    finding = gongkai.ok("endpoints", "add", "wanbao", *paper, "--pretend")["finding"]
    assert finding
    assert finding in gongkai("check").out
    file = desk.file("办结情况", channels="website, webhook")
    (trial,) = gongkai.ok("publish", file, "--dry-run")["files"]
    assert [one["finding"] for one in trial["endpoints"] if one["endpoint"] == "wanbao"] == [finding]
    (done,) = gongkai.ok("publish", file, "--wait")["files"]
    ways = gongkai.ok("status", done["notice"])["deliveries"]
    (rehearsed,) = [way["tries"][-1]["note"] for way in ways if way["endpoint"] == "wanbao"]
    assert finding in rehearsed


def test_an_address_that_is_none_is_told_in_plain_words(gongkai: Terminal) -> None:
    said = gongkai("endpoints", "add", "wanbao", *PAPER[:-1], "url=nowhere")
    assert said.exit == Exit.WRONG
    assert "Value error" not in said.err


def test_options_have_their_types(gongkai: Terminal) -> None:
    gongkai.ok(
        "endpoints", "add", "hall", "--channel", "poster", "--title", "大厅", "--office", "rsj", "--option", "png=false"
    )
    assert endpoint(gongkai, "hall")["options"] == {"png": False}


def test_outside_production_what_leaves_the_machine_is_rehearsed(gongkai: Terminal) -> None:
    assert gongkai.ok("endpoints", "add", "a", *PAPER)["pretend"] is True
    assert gongkai.ok("endpoints", "add", "b", *PAPER, "--real")["pretend"] is False
    file = gongkai.home / "gongkai.toml"
    file.write_text(file.read_text("utf-8").replace("port =", "production = true\nport =", 1), "utf-8")
    assert gongkai.ok("endpoints", "add", "c", *PAPER)["pretend"] is False
    assert gongkai.ok("endpoints", "add", "d", *PAPER, "--pretend")["pretend"] is True


def test_a_paused_endpoint_waits_until_somebody_lets_it_go_on(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("endpoints", "pause", "site", "--why", "检修", "--until", "2126-11-29 08:00", "--by", "林晓")
    pause = endpoint(gongkai, "site")["pause"]
    assert (pause["by"], pause["why"], pause["until"]) == ("林晓", "检修", "2126-11-29T08:00:00+08:00")
    file = desk.file("办结情况")
    said = gongkai("publish", file, "--wait", "--timeout", 1)
    assert said.exit == Exit.WAITING
    assert "投放点暂停中" in said.out
    assert "林晓 暂停" in gongkai("endpoints", "list").out
    gongkai.ok("endpoints", "resume", "site")
    assert gongkai("publish", file, "--wait").exit == Exit.DONE


def test_a_disabled_endpoint_keeps_what_waits(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("endpoints", "disable", "site", "--why", "换址")
    assert endpoint(gongkai, "site")["disabled"] == "换址"
    file = desk.file("办结情况")
    said = gongkai("publish", file, "--wait")
    assert said.exit == Exit.DONE, "whoever disabled it knows"
    assert "投放点已停用" in said.out
    assert "site（已停用，启用后再发）" in said.out
    assert gongkai.ok("status")["notices"][0]["channels"] == {"feed": "accepted", "website": "parked"}
    assert endpoint(gongkai, "site")["parked"] == 1
    assert gongkai.ok("endpoints", "enable", "site")["waiting"] == 1
    assert gongkai("publish", file, "--wait").exit == Exit.DONE


def test_only_an_enabled_endpoint_that_is_not_ready_keeps_anything_from_being_published(
    gongkai: Terminal, desk: Desk
) -> None:
    gongkai.ok("endpoints", "add", "wanbao", *PAPER, "--real")
    (gongkai.home / "secrets" / "wanbao").unlink()
    file = desk.file("办结情况", channels="website, webhook")
    said = gongkai("publish", file)
    assert said.exit == Exit.CONFIGURATION
    assert "wanbao" in said.err
    gongkai.ok("endpoints", "disable", "wanbao", "--why", "合作终止")
    assert gongkai("publish", file, "--wait").exit == Exit.DONE


@pytest.mark.parametrize(
    "act", [("pause", "--why", "x"), ("resume",), ("enable",), ("disable", "--why", "x"), ("test",)]
)
def test_an_endpoint_that_is_not_there_is_told_with_those_that_are(gongkai: Terminal, act: tuple[str, ...]) -> None:
    said = gongkai("endpoints", act[0], "nowhere", *act[1:])
    assert said.exit == Exit.WRONG
    assert "nowhere" in said.err
    assert "ybj-site" in said.err


# -- a test --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """A newspaper that receives."""
    with partners(tmp_path_factory.mktemp("partners"), ("ribao",)) as running:
        yield running


def test_a_test_reaches_the_partner_and_publishes_nothing(at: Partners, tmp_path: Path) -> None:
    options = {"url": f"http://127.0.0.1:{at.port}/partner/ribao", "secret": "ribao"}
    furnish(tmp_path / "paper", 9, [Outlet("ribao", "webhook", "rsj", options)], partners=at)
    gongkai = Terminal(tmp_path / "paper")
    assert "204" in gongkai.ok("endpoints", "test", "ribao")["answer"]
    (kept,) = at.stored("ribao")
    assert kept["event"]["type"] == "gongkai.endpoint.test"
    tell(at, how="status", status=500)
    said = gongkai("endpoints", "test", "ribao")
    assert said.exit == Exit.FAILED
    assert "500" in said.err


@pytest.mark.parametrize(("lang", "told"), [("zh", "测试不会停用投放点"), ("en", "A test disables nothing")])
def test_a_test_disables_nothing_and_does_not_say_so(at: Partners, tmp_path: Path, lang: str, told: str) -> None:
    options = {"url": f"http://127.0.0.1:{at.port}/partner/ribao", "secret": "ribao"}
    furnish(tmp_path / "paper", 9, [Outlet("ribao", "webhook", "rsj", options)], partners=at)
    gongkai = Terminal(tmp_path / "paper")
    tell(at, how="status", status=410)
    said = gongkai("endpoints", "test", "ribao", "--lang", lang)
    tell(at, how="well")
    assert said.exit == Exit.FAILED
    assert told in said.err
    assert endpoint(gongkai, "ribao")["disabled"] is None


def test_what_is_rehearsed_or_has_no_test_says_so(gongkai: Terminal) -> None:
    gongkai.ok("endpoints", "add", "wanbao", *PAPER)
    for name, why in (("wanbao", "演练"), ("site", "没有测试发送")):
        said = gongkai("endpoints", "test", name)
        assert said.exit == Exit.WRONG
        assert why in said.err


# -- dead letters ----------------------------------------------------------------------------------


def set_aside(gongkai: Terminal, body: bytes) -> None:
    gongkai.ok("status")
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        row = ("plan", "notices", None, body, "type '?' is not in the vocabulary", 1_764_000_000_000_000, "waiting")
        store.execute(
            "insert into dead_letter (stage, topic, event, body, cause, at, state) values (?, ?, ?, ?, ?, ?, ?)", row
        )


def test_a_dead_letter_is_shown_whole(gongkai: Terminal) -> None:
    assert "没有死信" in gongkai("dead-letters", "list").out
    set_aside(gongkai, json.dumps({"specversion": "1.0", "text": "中文"}, ensure_ascii=False).encode())
    assert "vocabulary" in gongkai("dead-letters", "list").out
    told = gongkai("dead-letters", "show", 1).out
    assert '"text": "中文"' in told
    assert "plan" in told
    assert gongkai("dead-letters", "show", 2).exit == Exit.WRONG
    assert gongkai("dead-letters", "retry", 2).exit == Exit.WRONG


def test_what_drives_a_terminal_is_not_let_through(gongkai: Terminal) -> None:
    set_aside(gongkai, b"\x1b[31mred\x07\xff")
    told = gongkai("dead-letters", "show", 1).out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "red" in told


def test_letting_go_on_is_on_record(gongkai: Terminal) -> None:
    assert "没有停下的处理线" in gongkai("resume").out
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        store.execute("insert into line (stage, dead_in_row, stopped_at, why) values ('plan', 20, 1, 'x')")
    assert "plan" in gongkai("dead-letters", "list").out
    assert gongkai.ok("resume", "--by", "林晓")["stages"] == ["plan"]
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        assert store.execute("select who from audit where act = 'line.resumed'").fetchall() == [("林晓",)]
    assert gongkai("verify", "--records").exit == Exit.DONE
