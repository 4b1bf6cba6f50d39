"""``unknown``: a person says what became of a send, it is on record, and nothing else can be decided so."""

import pytest

from producers.command.exits import Exit
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.command.planted import one_in_doubt, unknown


def test_what_is_unknown_is_listed_and_settled_with_a_reason(gongkai: Terminal, desk: Desk) -> None:
    assert "没有" in gongkai("unknown", "list").out
    notice = gongkai.ok("publish", desk.file("第一件"), "--wait")["files"][0]["notice"]
    send = unknown(gongkai.home)
    (one,) = gongkai.ok("unknown", "list")["unknown"]
    assert (one["send"], one["notice"], one["title"]) == (send, notice, "第一件")
    assert send in gongkai("unknown", "list").out
    for nothing in ("", " \u3000", "\u202e不见了"):
        unsaid = gongkai("unknown", "settle", send, "--as", "arrived", "--why", nothing)
        assert unsaid.exit == Exit.USAGE
        assert "--why" in unsaid.err
    assert len(gongkai.ok("unknown", "list")["unknown"]) == 1, "without a reason nothing is decided"
    said = gongkai("unknown", "settle", send, "--as", "arrived", "--why", "群里看到了")
    assert said.exit == Exit.DONE
    assert gongkai.ok("unknown", "list")["unknown"] == []
    again = gongkai("unknown", "settle", send, "--as", "again", "--why", "又想了想")
    assert again.exit == Exit.WRONG
    assert send in again.err
    found = {finding["kind"] for finding in gongkai("verify", "--json").data["findings"]}
    assert found == {"unreadable"}, "nobody serves the site here; the books are in order"


def test_some_persons_of_a_part_that_is_over_are_counted_and_settled(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("publish", desk.file("第一件"), "--wait")
    send = one_in_doubt(gongkai.home)
    (one,) = gongkai.ok("unknown", "list")["unknown"]
    assert (one["send"], one["recipients"], one["whole"], one["persons"]) == (send, 1, False, [])
    assert "没有回音" in gongkai("unknown", "list").out
    assert gongkai("unknown", "settle", send, "--as", "lost", "--why", "平台上查过").exit == Exit.DONE
    assert gongkai.ok("unknown", "list")["unknown"] == []


def test_a_part_that_was_stopped_is_not_sent_again(gongkai: Terminal, desk: Desk) -> None:
    gongkai.ok("publish", desk.file("第一件"), "--wait")
    send = one_in_doubt(gongkai.home, state="expired")
    said = gongkai("unknown", "settle", send, "--as", "again", "--why", "没到")
    assert said.exit == Exit.WRONG
    assert "--as lost" in said.err


@pytest.mark.parametrize("send", ["x", "x.y", "x.-1", "x.0", ".", "x.²"])
def test_what_is_no_unknown_send_is_told_so(gongkai: Terminal, send: str) -> None:
    said = gongkai("unknown", "settle", send, "--as", "lost", "--why", "查过了")
    assert said.exit == Exit.WRONG
    assert "unknown list" in said.err
