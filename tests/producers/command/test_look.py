"""``status``, ``verify`` and ``check``: what is shown is what is there."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from producers.command.exits import Exit
from producers.keep_secret import keep_secret
from streams.seal import Seal
from streams.store.postgresql import PostgresStore
from tests.consulted import OUTLETS as CONSULTED
from tests.journeys.town import Outlet, furnish
from tests.producers.command.conftest import Desk, Terminal

# -- status ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_the_newest_notices_stand_in_aligned_columns(
    gongkai: Terminal, desk: Desk, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert "还没有公开件" in gongkai("status").out
    titles = ["短的", "云岭高新区关于公布年度社会保险缴费基数上下限有关事项的通知", "ABC混排的title"]
    gongkai.ok("publish", *(desk.file(title) for title in titles), "--wait")
    lines = gongkai("status").out.splitlines()
    assert max(map(cell_len, lines)) <= width
    head = lines[0]
    for channel in ("网站", "订阅源"):
        column = cell_len(head[: head.index(channel)])
        assert [line for line in lines if at(line, column) == "✓"], channel
        assert all(at(line, column - 1) == " " for line in lines[1:] if cell_len(line) > column and "✓ 好" not in line)


def at(line: str, column: int) -> str:
    """The character in a column of the terminal."""
    for place in range(len(line)):
        if cell_len(line[:place]) == column:
            return line[place]
    return " "


def test_notices_of_one_office_only(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("publish", desk.file("人社的"), desk.file("医保的", of="ybj"))
    assert [one["title"] for one in gongkai.ok("status", "--office", "ybj")["notices"]] == ["医保的"]
    assert len(gongkai.ok("status", "--most", "1")["notices"]) == 1
    said = gongkai("status", "--office", "gaj")
    assert said.exit == Exit.WRONG
    assert "rsj" in said.err


def test_the_timeline_tells_everything_of_a_notice(gongkai: Terminal, desk: Desk) -> None:
    (first,) = gongkai.ok("publish", desk.file("办结情况"), "--wait", "--by", "林晓")["files"]
    gongkai.ok("endpoints", "pause", "site", "--why", "检修")
    gongkai.ok("correct", first["notice"], desk.file("办结情况", replace=("181件", "182件")), "--note", "数字")
    gongkai.ok("endpoints", "disable", "feeds", "--why", "换址")
    told = gongkai("status", first["index_number"]).out
    for piece in (
        *("林晓", "签发（陈远）", "保密审查：区分处理后公开（林晓）", "更正：数字", "第1次发出", "受理"),
        *("渠道稿", "第1次 写入", "✓ 已接收", " ms", "暂停投放点：检修", "停用投放点：换址"),
    ):
        assert piece in told, piece
    data = gongkai.ok("status", first["address"])
    assert [act["act"].removeprefix("notice.") for act in data["acts"]] == [
        *("drafted", "submitted", "approved", "released"),
        *("drafted", "submitted", "approved", "corrected"),
    ]
    one = next(way for way in data["deliveries"] if way["endpoint"] == "site" and way["sequence"] == 1)
    assert len(one["rendition"]) == 64
    assert one["tries"][0]["step"] == "write"
    assert one["tries"][0]["ended_at"] > one["tries"][0]["started_at"] > one["taken_in_at"]


@pytest.mark.parametrize("name", ["202611-xxxxxxxx", "没有这个", "http://x.example/n/202611/xxxxxxxx.html"])
def test_a_notice_that_is_not_there_is_told(gongkai: Terminal, name: str) -> None:
    said = gongkai("status", name)
    assert said.exit == Exit.WRONG
    assert name in said.err


# -- verify ------------------------------------------------------------------------------------------


def meddle(gongkai: Terminal, statement: str) -> None:
    """What nobody should do to a store."""
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        assert store.execute(statement).rowcount > 0


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("audit", "update audit set who = '别人' where act = 'notice.released'"),
        ("audit", "delete from audit where act = 'notice.released'"),
        ("audit", "update attempt set cause = '没事'"),
        ("version", "update version set content = replace(content, '186', '187')"),
        ("blob", "update blob set body = x'00'"),
        ("rendition", "update rendition set manifest = replace(manifest, 'page.html', 'other.html')"),
        ("rendition", "delete from blob"),
    ],
)
def test_what_was_altered_in_the_books_is_found(gongkai: Terminal, desk: Desk, kind: str, statement: str) -> None:
    gongkai.ok("publish", desk.file("办结情况"), "--wait")
    assert gongkai("verify", "--records").exit == Exit.DONE
    meddle(gongkai, statement)
    said = gongkai("verify", "--records", "--json")
    assert said.exit == Exit.WRONG
    assert kind in {one["kind"] for one in said.data["findings"]}
    assert "✗" in gongkai("verify", "--records").out


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """A plain file server over ``folder``; its port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_stands_at_an_outlet_is_compared_with_what_went_there(tmp_path: Path, desk: Desk) -> None:
    home = tmp_path / "served"
    public = home / "outlets" / "site" / "public"
    public.mkdir(parents=True)
    with serving(public) as port:
        furnish(home, port, [Outlet("site", "website")])
        gongkai = Terminal(home)
        (done,) = gongkai.ok("publish", desk.file("办结情况", channels="website"), "--wait")["files"]
        files = sum(file.is_file() for file in public.rglob("*"))
        assert gongkai.ok("verify")["looked_at"]["outlet"] == 1 + files
        page = public / f"n/{done['notice'].replace('-', '/')}.html"
        page.write_text(page.read_text("utf-8").replace("186件", "286件"), "utf-8")
        said = gongkai("verify", "--json")
        assert said.exit == Exit.WRONG
        (finding,) = said.data["findings"]
        assert (finding["kind"], finding["where"]) == ("outlet", f"site/{page.relative_to(public)}")
        page.unlink()
        (gone,) = gongkai("verify", "--json").data["findings"]
        assert (gone["kind"], gone["where"]) == ("outlet", finding["where"])
        assert gongkai.ok("endpoints", "rebuild", "site")["messages"] == 1
        assert gongkai("verify").exit == Exit.DONE
        assert gongkai("verify", "--records").exit == Exit.DONE
    assert gongkai("verify", "--json").data["findings"][0]["kind"] == "unreadable", "nobody serves it"


# -- check -------------------------------------------------------------------------------------------


def levels(gongkai: Terminal) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"well": [], "warning": [], "wrong": []}
    for one in gongkai("check", "--json").data["checked"]:
        if "authority" not in one["what"]:  # of each feed, as the test below has it
            found[one["level"]].append(one["what"])
    return found


@pytest.mark.usefixtures("no_store")
def test_a_sound_configuration_is_ready_and_nothing_is_made(gongkai: Terminal) -> None:
    said = gongkai("check")
    assert said.exit == Exit.DONE
    assert "可以用" in said.out
    assert "还没有" in said.out
    assert not (gongkai.home / "gongkai.sqlite").exists()


def add(gongkai: Terminal, *lines: str) -> None:
    with (gongkai.home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["[endpoints.x]", 'office = "rsj"', 'channel = "pigeon"', 'title = "信鸽"'], "pigeon"),
        (["[endpoints.x]", 'office = "gaj"', 'channel = "feed"', 'title = "x"'], "gaj"),
        (["[endpoints.x]", 'office = "rsj"', 'channel = "webhook"', 'title = "x"'], "url"),
        (
            [
                *("[endpoints.x]", 'office = "rsj"', 'channel = "webhook"', 'title = "x"', "pretend = false"),
                'options = { url = "https://x.example/", secret = "nowhere" }',
            ],
            "nowhere",
        ),
    ],
)
def test_an_endpoint_that_could_not_send_is_told_before_it_must(gongkai: Terminal, lines: list[str], what: str) -> None:
    add(gongkai, *lines)
    (wrong,) = levels(gongkai)["wrong"]
    assert what in wrong
    assert gongkai("check").exit == Exit.CONFIGURATION


def test_a_key_that_each_of_several_machines_would_make_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.check_broker.broker", lambda _: ())
    several = {"installation": {"engine": "kafka", "store": "postgresql://nobody@127.0.0.1:9/none"}, "kafka": {}}

    def asked_for(home: Path) -> list[str]:
        return [what.split()[0] for what in levels(Terminal(home))["warning"] if "secrets/numbers" in what]

    furnish(tmp_path / "alone", 9, CONSULTED)
    assert asked_for(tmp_path / "alone") == []
    furnish(tmp_path / "several", 9, CONSULTED, engine=several)
    assert asked_for(tmp_path / "several") == ["site"]
    (tmp_path / "several" / "secrets").mkdir(mode=0o700)
    keep_secret(tmp_path / "several" / "secrets" / "numbers", Seal.new_key())
    assert asked_for(tmp_path / "several") == []


def test_endpoints_that_were_added_are_checked_too(gongkai: Terminal) -> None:
    wanbao = ("wan", "--channel", "webhook", "--title", "晚报", "--office", "rsj", "--option", "url=https://x.example")
    gongkai.ok("endpoints", "add", *wanbao, "--real")
    assert levels(gongkai)["wrong"] == []
    (gongkai.home / "secrets" / "wan").unlink()
    (wrong,) = levels(gongkai)["wrong"]
    assert "wan" in wrong


def test_what_ends_soon_or_lies_open_is_a_warning(gongkai: Terminal) -> None:
    for days in (-1, 10, 300):
        day = date.today() + timedelta(days=days)
        add(gongkai, "[[allow]]", f'origin = "http://127.0.0.1:{7000 + days}"', 'owner = "测试"', f"expires = {day}")
    (gongkai.home / "secrets").mkdir()
    (gongkai.home / "secrets" / "open").write_text("x")
    (gongkai.home / "secrets" / "open").chmod(0o644)
    found = levels(gongkai)
    assert len([what for what in found["warning"] if "没有写提醒谁" not in what]) == 3
    assert len(found["warning"]) == 4, "nobody is named who is reminded: told once"
    assert "已到期" in found["warning"][0]
    assert "7010" in found["warning"][1]
    assert "chmod 600" in found["warning"][2]
    assert gongkai("check").exit == Exit.DONE


def test_an_id_that_would_name_this_machine_for_good_is_a_warning(gongkai: Terminal) -> None:
    told = [one for one in gongkai.ok("check")["checked"] if "authority" in one["what"]]
    assert [(one["level"], "127.0.0.1" in one["what"]) for one in told] == [("warning", True)] * 2
    file = gongkai.home / "gongkai.toml"
    url = 'public_url = "https://www.example.gov.cn"\nport ='
    file.write_text(file.read_text("utf-8").replace("port =", url, 1), "utf-8")
    assert [one for one in gongkai.ok("check")["checked"] if "authority" in one["what"]] == []


def test_an_address_that_others_could_reach_is_wrong_for_the_inner_pages(gongkai: Terminal) -> None:
    file = gongkai.home / "gongkai.toml"
    file.write_text(file.read_text("utf-8").replace("port =", 'inner_host = "0.0.0.0"\nport =', 1), "utf-8")
    (wrong,) = levels(gongkai)["wrong"]
    assert "0.0.0.0" in wrong


# -- on the other database -----------------------------------------------------------------------------


@pytest.mark.usefixtures("no_store")
def test_everything_can_be_asked_of_postgresql(
    gongkai: Terminal, desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_STORE", postgres_url.replace("postgresql+psycopg://", "postgresql://"))
    file = desk.file("办结情况")
    assert gongkai("check").exit == Exit.DONE
    (done,) = gongkai.ok("publish", file, "--wait")["files"]
    gongkai.ok("correct", done["notice"], desk.file("更正"), "--note", "标题", "--wait")
    assert gongkai.ok("publish", file)["files"][0]["already"]
    assert gongkai.ok("status")["notices"][0]["channels"] == {"feed": "accepted", "website": "accepted"}
    assert len(gongkai.ok("status", done["notice"])["deliveries"]) == 4
    gongkai.ok("endpoints", "pause", "site", "--why", "检修")
    assert {one["id"]: one["state"] for one in gongkai.ok("endpoints", "list")["endpoints"]}["site"] == "paused"
    assert gongkai.ok("verify", "--records")["looked_at"]["version"] == 2
    assert gongkai.ok("dead-letters", "list")["letters"] == gongkai.ok("resume")["stages"] == []
    assert "版" in gongkai("check").out
    assert not (gongkai.home / "gongkai.sqlite").exists()
    assert "相差" not in gongkai("check").out
    monkeypatch.setattr(PostgresStore, "elsewhere", lambda store: store.clock.now() + timedelta(seconds=7))
    assert [one["level"] for one in gongkai.ok("check")["checked"] if "相差 7 秒" in one["what"]] == ["warning"]
