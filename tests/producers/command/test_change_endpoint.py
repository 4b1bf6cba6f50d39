"""``gongkai endpoints change``: other options while everything runs, and nothing in hand is stranded by them."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from producers.change_endpoint import change_endpoint
from producers.command.exits import Exit
from tests.journeys.town import BY, Town
from tests.producers.command.conftest import Desk, Terminal


def options(gongkai: Terminal, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [one["options"] for one in gongkai.ok("endpoints", "list")["endpoints"] if one["id"] == name]
    return found


def acts(gongkai: Terminal) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store:
        rows = store.execute("select detail from audit where act = 'endpoint.changed' order by number").fetchall()
    return [json.loads(detail) for (detail,) in rows]


def stands(gongkai: Terminal, state: str) -> None:
    """What nobody should do to a store."""
    with closing(sqlite3.connect(gongkai.home / "gongkai.sqlite")) as store, store:
        assert store.execute("update part set state = ? where endpoint = 'site'", (state,)).rowcount


def test_what_is_named_is_changed_and_is_on_record(gongkai: Terminal) -> None:
    said = gongkai.ok(
        "endpoints", "change", "feeds", "--option", "entries=5", "--option", "size=300000", "--why", "太长"
    )
    assert said["changed"] == ["entries", "size"]
    assert options(gongkai, "feeds") == {"entries": 5, "size": 300000}
    said = gongkai.ok("endpoints", "change", "feeds", "--without", "size", "--option", "entries=5", "--why", "又太短")
    assert said["changed"] == ["size"]
    assert options(gongkai, "feeds") == {"entries": 5}
    assert gongkai.ok("endpoints", "change", "feeds", "--option", "entries=5", "--why", "再说一遍")["changed"] == []
    first, second = acts(gongkai)
    assert first == {"why": "太长", "options": {"entries": [None, 5], "size": [None, 300000]}}
    assert second == {"why": "又太短", "options": {"size": [300000, None]}}


def test_options_that_the_channel_does_not_take_change_nothing(gongkai: Terminal) -> None:
    for wrong in ("paper=A3", "entries=0"):
        said = gongkai("endpoints", "change", "feeds", "--option", "entries=7", "--option", wrong, "--why", "试试")
        assert said.exit == Exit.WRONG
        assert wrong.partition("=")[0] in said.err
    assert (options(gongkai, "feeds"), acts(gongkai)) == ({}, [])
    assert gongkai("endpoints", "change", "nobody", "--option", "a=b", "--why", "试试").exit == Exit.WRONG


@pytest.mark.parametrize(("state", "told"), [("sending", "正在发 1 批"), ("unknown", "有 1 批结果不明")])
def test_what_is_under_way_or_in_doubt_is_in_the_way_of_any_change(
    gongkai: Terminal, desk: Desk, state: str, told: str
) -> None:
    gongkai.ok("publish", desk.file("办结情况"), "--wait")
    stands(gongkai, state)
    said = gongkai("endpoints", "change", "site", "--option", "police=53000000000000", "--why", "备案")
    assert said.exit == Exit.WRONG
    assert told in said.err
    assert options(gongkai, "site") == {}


def test_what_was_approved_for_another_edition_goes_out_first(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("endpoints", "add", "hall", "--channel", "poster", "--title", "大厅", "--office", "rsj")
    change = ("endpoints", "change", "hall", "--why", "换了展架", "--option", "paper=A2")
    file = desk.file("办结情况", channels="poster")
    gongkai.ok("publish", file)  # not planned yet
    said = gongkai(*change)
    assert said.exit == Exit.WRONG
    assert "还没有发" in said.err
    gongkai.ok("publish", file, "--wait")
    assert gongkai.ok(*change)["changed"] == ["paper"]
    gongkai.ok("publish", desk.file("另一件", channels="poster"), "--wait")


def test_what_is_published_next_goes_by_it_though_everything_runs(town: Town) -> None:
    for title in ("第一件", "第二件"):
        town.publish(title, channels=("feed",))
        town.settle()
    feeds = [
        one for one in (town.house.home / "outlets" / "feeds").rglob("*.json") if "第一件" in one.read_text("utf-8")
    ]
    assert feeds
    change_endpoint(town.house, "feeds", options={"entries": 1}, without=(), why="太长", by=BY)
    town.publish("第三件", channels=("feed",))
    town.settle()
    for feed in feeds:
        assert [one["title"] for one in json.loads(feed.read_text("utf-8"))["items"]] == ["第三件"]


def test_check_tells_of_a_file_that_says_otherwise(gongkai: Terminal) -> None:
    gongkai.ok("endpoints", "change", "feeds", "--option", "entries=5", "--why", "太长")
    said = [one["what"] for one in gongkai("check", "--json").data["checked"] if one["level"] == "warning"]
    assert [one for one in said if "feeds" in one and "entries" in one]
    assert not [one for one in said if "ybj-feeds" in one and "entries" in one]
