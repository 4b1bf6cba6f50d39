"""``correct``, ``withdraw`` and ``render``."""

from pathlib import Path

import pytest

from config.limits import limits
from producers.command.exits import Exit
from tests.journeys.town import NOBODY, Outlet, furnish
from tests.producers.command.conftest import Desk, Terminal


@pytest.fixture
def account(tmp_path: Path) -> Terminal:
    """An office with a site and a rehearsed account, that nobody serves."""
    of = {"appid": "wx0123456789abcdef"}
    furnish(tmp_path / "account", NOBODY, [Outlet("site", "website"), Outlet("wx", "wechat", "rsj", of, pretend=True)])
    return Terminal(tmp_path / "account")


@pytest.fixture
def done(gongkai: Terminal, desk: Desk) -> str:
    """A notice that is public everywhere."""
    (first,) = gongkai.ok("publish", desk.file("办结情况"), "--wait")["files"]
    return str(first["notice"])


def page(gongkai: Terminal, notice: str) -> str:
    return (gongkai.home / f"outlets/site/public/n/{notice.replace('-', '/')}.html").read_text("utf-8")


def test_a_correction_takes_the_place_of_the_text(gongkai: Terminal, desk: Desk, done: str) -> None:
    file = desk.file("办结情况更正")
    said = gongkai("correct", done, file, "--note", "标题写错了", "--wait")
    assert said.exit == Exit.DONE
    assert "已更正（第2版）" in said.out
    assert "标题写错了" in page(gongkai, done)
    again = gongkai.ok("correct", done, file, "--note", "标题写错了")
    assert again["already"]
    assert gongkai.ok("status", done)["version"] == 2


def test_a_minor_correction_reaches_what_is_read_and_alerts_nobody(gongkai: Terminal, desk: Desk, done: str) -> None:
    gongkai.ok("correct", done, desk.file("办结情况更正"), "--note", "错别字", "--minor", "--wait")
    assert "办结情况更正" in page(gongkai, done)
    assert gongkai.ok("status", done)["acts"][-1]["detail"]["minor"] is True


def test_another_offices_file_corrects_nothing(gongkai: Terminal, desk: Desk, done: str) -> None:
    said = gongkai("correct", done, desk.file("医保的", of="ybj"), "--note", "x说明")
    assert said.exit == Exit.WRONG
    assert gongkai.ok("status", done)["version"] == 1


@pytest.mark.parametrize("note", ["", "   "])
def test_a_correction_needs_a_note(gongkai: Terminal, desk: Desk, done: str, note: str) -> None:
    assert gongkai("correct", done, desk.file("更正"), "--note", note).exit == Exit.WRONG
    assert gongkai("correct", done, desk.file("更正")).exit == Exit.USAGE
    assert gongkai.ok("status", done)["version"] == 1


@pytest.mark.parametrize(("leaves", "seen"), [("banner", "办结情况"), ("gone", "已撤下"), ("redirect", "/n/")])
def test_a_withdrawal_leaves_what_was_asked_for(
    gongkai: Terminal, desk: Desk, done: str, leaves: str, seen: str
) -> None:
    (other,) = gongkai.ok("publish", desk.file("另一件"), "--wait")["files"]
    redirect = ("--redirect", other["notice"]) if leaves == "redirect" else ()
    said = gongkai("withdraw", done, "--reason", "重新统计", "--leaves", leaves, *redirect, "--wait")
    assert said.exit == Exit.DONE
    assert "已撤回" in said.out
    shown = page(gongkai, done)
    assert (f"{seen}{other['notice'].replace('-', '/')}.html" if redirect else seen) in shown
    assert ("统计开始" in shown) is (leaves == "banner")


def test_nothing_follows_on_a_withdrawal(gongkai: Terminal, desk: Desk, done: str) -> None:
    gongkai.ok("withdraw", done, "--reason", "重新统计")
    for act in (("withdraw", done, "--reason", "再撤一次"), ("correct", done, desk.file("更正"), "--note", "说明")):
        said = gongkai(*act)
        assert said.exit == Exit.WRONG
        assert "已经撤回" in said.err


def test_a_redirect_needs_where_to(gongkai: Terminal, done: str) -> None:
    assert gongkai("withdraw", done, "--reason", "x", "--leaves", "redirect").exit == Exit.USAGE
    assert gongkai("withdraw", done, "--reason", "x", "--redirect", done).exit == Exit.USAGE
    said = gongkai("withdraw", done, "--reason", "并入", "--leaves", "redirect", "--redirect", "202611-00000000")
    assert said.exit == Exit.WRONG
    assert gongkai.ok("status", done)["state"] == "released"


# -- render ------------------------------------------------------------------------------------------


def test_a_page_can_be_looked_at_on_its_own(gongkai: Terminal, desk: Desk) -> None:
    folder = desk.folder / "预览"
    written = gongkai.ok("render", desk.file("办结情况"), "--channel", "website", "-o", folder)["files"]
    shown = (folder / "page.html").read_text("utf-8")
    assert "办结情况" in shown
    assert "@@gongkai" not in shown
    assert "发布时填写" in shown
    assert 'href="assets/site.css"' in shown
    assert (folder / "assets" / "site.css").is_file()
    assert {Path(one["file"]).is_file() for one in written} == {True}
    assert gongkai.ok("status")["notices"] == []


@pytest.mark.parametrize("channel", ["wechat", "website"])
def test_how_much_of_each_limit_is_used_is_told_as_a_dry_run_tells_it(
    account: Terminal, desk: Desk, channel: str
) -> None:
    file = desk.file("办结情况", channels=channel)
    (trial,) = account.ok("publish", file, "--dry-run")["files"]
    found = account.ok("render", file, "--channel", channel, "-o", desk.folder / "seen")["limits"]
    assert found == trial["limits"]
    assert [one["limit"] for one in found] == list(limits(channel))
    title = next(one for one in found if one["limit"] == "title")
    assert 0 < title["used"] <= title["value"] == limits(channel)["title"].value
    rows = account("publish", file, "--dry-run").out.splitlines()
    seen = account("render", file, "--channel", channel, "-o", desk.folder / "seen").out.splitlines()
    for limit in limits(channel).values():
        (row,) = [row for row in rows if limit.label in row]
        assert row in seen


def test_a_channel_without_an_endpoint_shows_what_it_would_make(gongkai: Terminal, desk: Desk) -> None:
    (pdf, png) = gongkai.ok("render", desk.file("办结情况"), "--channel", "poster", "-o", desk.folder / "p")["files"]
    assert Path(pdf["file"]).read_bytes().startswith(b"%PDF")
    assert Path(png["file"]).read_bytes().startswith(b"\x89PNG")


def test_a_channel_that_cannot_do_without_an_endpoint_says_so(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("render", desk.file("办结情况"), "--channel", "webhook", "-o", desk.folder / "p")
    assert said.exit == Exit.CONFIGURATION
    assert "endpoints add" in said.err
    assert not (desk.folder / "p").exists()


def test_every_limit_that_is_broken_is_told_with_where_and_advice(gongkai: Terminal, desk: Desk) -> None:
    most = limits("website")["title"].value
    long = desk.file("长", replace=("标题: 长", f"标题: {'很' * most}长"))
    said = gongkai("render", long, "--channel", "website", "-o", desk.folder / "p", "--json")
    assert said.exit == Exit.LIMITS
    (broken,) = [one for one in said.data["error"]["problems"] if one["limit"] == "title"]
    assert (broken["actual"], broken["most"], broken["where"]) == (str(most + 1), most, "标题")
    assert broken["advice"]
    assert broken["advice"] in gongkai("render", long, "--channel", "website", "-o", desk.folder / "p").err
