"""``tasks``: a poster is accepted until a person says where it hangs; corrections and withdrawals are tasks, too."""

from pathlib import Path

import pytest

from producers.command.exits import Exit
from tests.producers.command.conftest import Desk, Terminal

HALL = ("--channel", "poster", "--office", "rsj", "--option", "png=false")


@pytest.fixture
def office(gongkai: Terminal) -> Terminal:
    """An office with a wall."""
    gongkai.ok("endpoints", "add", "hall", *HALL, "--title", "大厅海报")
    return gongkai


def published(office: Terminal, file: Path) -> str:
    (done,) = office.ok("publish", file, "--wait")["files"]
    return str(done["notice"])


def outcomes(office: Terminal, notice: str) -> list[tuple[str, str]]:
    """Oldest first."""
    found = [(one["endpoint"], one["outcome"]) for one in office.ok("status", notice)["deliveries"]]
    return [one for one in reversed(found) if one[0] != "site"]


def test_a_poster_is_delivered_when_a_person_says_where_it_hangs(office: Terminal, desk: Desk) -> None:
    assert "没有要人去办的" in office("tasks", "list").out
    notice = published(office, desk.file("办结情况", channels="website, poster"))
    (task,) = office.ok("tasks", "list")["tasks"]
    assert (task["notice"], task["title"], task["endpoint"], task["endpoint_title"]) == (
        *(notice, "办结情况"),
        *("hall", "大厅海报"),
    )
    assert "待张贴" in task["what"]
    said = office("tasks", "done", notice, "--where", " 大厅东墙 ", "--by", "林晓")
    assert said.exit == Exit.DONE
    assert "大厅东墙" in said.out
    assert office.ok("tasks", "list")["tasks"] == []
    assert outcomes(office, notice) == [("hall", "delivered")]
    assert "办好（hall）：大厅东墙" in office("status", notice).out
    again = office("tasks", "done", notice, "--where", "别处")
    assert again.exit == Exit.WRONG
    assert "tasks list" in again.err
    found = {finding["kind"] for finding in office("verify", "--json").data["findings"]}
    assert found == {"unreadable"}, "nobody serves the site here; the books are in order"


def test_a_correction_is_to_be_replaced_and_a_withdrawal_to_come_down(office: Terminal, desk: Desk) -> None:
    notice = published(office, desk.file("办结情况", channels="poster"))
    office.ok("correct", notice, desk.file("办结情况更正", channels="poster"), "--note", "标题", "--wait")
    (task,) = office.ok("tasks", "list")["tasks"]  # of the first version there is nothing to do any more
    assert "待更换" in task["what"]
    office.ok("tasks", "done", notice, "--where", "大厅东墙")
    assert outcomes(office, notice) == [("hall", "accepted"), ("hall", "delivered")]
    office.ok("withdraw", notice, "--reason", "重新统计", "--wait")
    (task,) = office.ok("tasks", "list")["tasks"]
    assert "待撤下" in task["what"]
    office.ok("tasks", "done", notice, "--where", "大厅东墙")
    assert outcomes(office, notice)[-1] == ("hall", "delivered")


def test_where_several_walls_wait_the_one_is_named(office: Terminal, desk: Desk) -> None:
    office.ok("endpoints", "add", "board", *HALL, "--title", "公示栏", "--option", "paper=A2")
    notice = published(office, desk.file("办结情况", channels="poster"))
    said = office("tasks", "done", notice, "--where", "大厅东墙")
    assert said.exit == Exit.USAGE
    assert "hall（大厅海报）" in said.err
    assert "board（公示栏）" in said.err
    office.ok("tasks", "done", notice, "--where", "大门口", "--endpoint", "board")
    assert [one["endpoint"] for one in office.ok("tasks", "list", "--office", "rsj")["tasks"]] == ["hall"]
    assert office.ok("tasks", "list", "--office", "ybj")["tasks"] == []
    assert office("tasks", "done", notice, "--where", "x", "--endpoint", "site").exit == Exit.WRONG
    assert "a person confirms where it hangs" in office("tasks", "list", "--lang", "en").out


@pytest.mark.parametrize("where", ["", "  ", "\u202e", "@@gongkai:banner@@"])
def test_a_place_that_nobody_can_read_is_refused(office: Terminal, desk: Desk, where: str) -> None:
    notice = published(office, desk.file("办结情况", channels="poster"))
    assert office("tasks", "done", notice, "--where", where).exit == Exit.WRONG
    assert len(office.ok("tasks", "list")["tasks"]) == 1
    assert office("tasks", "done", "没有这个", "--where", "大厅").exit == Exit.WRONG
