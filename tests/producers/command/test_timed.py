"""``gongkai triggers`` and ``gongkai clock``: what staff see of what waits for its instant."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.clock import DrivenClock, SystemClock, wall
from producers.command.exits import Exit
from streams.clock_trust import look
from streams.store.migrate import open_store
from streams.store.tables import audit, clock_mark
from tests.producers.command.conftest import Desk, Terminal


@pytest.fixture
def clock(gongkai: Terminal, monkeypatch: pytest.MonkeyPatch) -> DrivenClock:
    """The installation's."""
    monkeypatch.setenv("GONGKAI_CLOCK", str(gongkai.home / "now"))
    return DrivenClock(SystemClock().now(), file=gongkai.home / "now")


def timed(desk: Desk, title: str = "明天发的", minutes: float = 60) -> tuple[str, str]:
    """A file that is to be public so many minutes on, and when that is."""
    at = f"{wall(desk.now + timedelta(minutes=minutes)):%Y-%m-%d %H:%M}"
    return str(desk.file(title, f"定时发布: {at}")), at


def test_whoever_publishes_it_is_told_when_it_will_be_public(gongkai: Terminal, desk: Desk) -> None:
    file, at = timed(desk)
    said = gongkai("publish", file, "--wait")
    assert said.exit == Exit.DONE
    assert f"已签发，{at} 公开" in said.out
    assert "gongkai up" in said.out
    assert "等到了时候公开" in gongkai("publish", file).out
    listed = gongkai("triggers").out
    assert at in listed
    assert "明天发的" in listed
    assert at[5:] in gongkai("status").out


def test_a_trial_tells_it_too(gongkai: Terminal, desk: Desk) -> None:
    file, at = timed(desk)
    assert at in gongkai("publish", file, "--dry-run").out


def test_what_waits_is_cancelled_with_a_reason_and_by_nobody_twice(gongkai: Terminal, desk: Desk) -> None:
    file, _ = timed(desk)
    name = gongkai.ok("publish", file)["files"][0]["index_number"]
    assert gongkai("triggers", "cancel", name, "--reason", "").exit == Exit.WRONG
    assert "不会公开" in gongkai("triggers", "cancel", name, "--reason", "改期").out
    again = gongkai("triggers", "cancel", name, "--reason", "改期")
    assert again.exit == Exit.WRONG
    assert "没有等候" in gongkai("triggers").out
    assert "改期" in gongkai("triggers", "list", "--all").out
    assert gongkai("triggers", "cancel", "没有", "--reason", "改期").exit == Exit.WRONG


def test_a_correction_or_withdrawal_before_that_says_what_to_do(gongkai: Terminal, desk: Desk) -> None:
    file, _ = timed(desk)
    name = gongkai.ok("publish", file)["files"][0]["notice"]
    said = gongkai("withdraw", name, "--reason", "不发了")
    assert said.exit == Exit.WRONG
    assert f"gongkai triggers cancel {name}" in said.err


@pytest.mark.parametrize(
    ("lang", "wrong", "fix"),
    [
        ("zh", "更正马上就发，不能定在", "删去定时发布；到时候再更正也可以"),
        (
            "en",
            "a correction goes out at once, not at",
            "take this field out, or correct the notice when the time has come",
        ),
    ],
)
def test_a_correction_for_later_is_refused_and_says_what_to_do(
    gongkai: Terminal, desk: Desk, lang: str, wrong: str, fix: str
) -> None:
    name = gongkai.ok("publish", desk.file("公布了的"))["files"][0]["notice"]
    file, at = timed(desk, "更正的")
    said = gongkai("correct", name, file, "--note", "标题写错了", "--lang", lang)
    assert said.exit == Exit.WRONG
    told = " ".join((said.out + said.err).split())
    assert f"{wrong} {at}" in told
    assert fix in told
    assert gongkai.ok("status", name)["version"] == 1
    at_once = desk.file("更正的")
    assert gongkai.ok("correct", name, at_once, "--note", "标题写错了")["version"] == 2


def test_a_clock_is_confirmed_by_a_watch_that_agrees(gongkai: Terminal, clock: DrivenClock) -> None:
    assert gongkai.ok("clock")["believed"] is True
    gongkai.ok("clock", "confirm", "--now", f"{wall(clock.now()):%H:%M}")
    clock.put(3600)
    shown = gongkai("clock", "show")
    assert "gongkai clock confirm" in shown.out
    assert gongkai("clock", "confirm", "--now", f"{wall(clock.now() - timedelta(hours=1)):%H:%M}").exit == Exit.WRONG
    assert gongkai("clock", "confirm", "--now", "昨天").exit == Exit.USAGE
    gongkai.ok("clock", "confirm", "--now", f"{wall(clock.now() + timedelta(minutes=1)):%H:%M}")
    assert gongkai.ok("clock", "show")["believed"] is True


def test_what_a_doubted_clock_holds_is_told_wherever_one_looks(
    gongkai: Terminal, desk: Desk, clock: DrivenClock
) -> None:
    file, _ = timed(desk)
    waits = gongkai.ok("publish", file)["files"][0]["notice"]
    gongkai.ok("clock", "confirm", "--now", f"{wall(clock.now()):%H:%M}")
    assert gongkai.ok("status")["clock_doubted_at"] is None
    assert "拨过" not in gongkai("status").out
    clock.put(86_400)
    assert gongkai.ok("clock", "show")["held"] == {"acts": 1, "sends": 0}
    for words in (("status",), ("status", waits)):
        shown = " ".join(gongkai(*words).out.split())
        assert "拨过" in shown
        assert "gongkai clock show" in shown
        assert gongkai.ok(*words)["clock_doubted_at"]
    assert not any(one["level"] == "warning" and "钟" in one["what"] for one in gongkai.ok("check")["checked"])
    store = open_store(f"sqlite:///{gongkai.home / 'gongkai.sqlite'}", clock)
    look(store, "another machine")
    clock.put(3_600)
    look(store, "another machine")
    store.close()
    assert any(one["level"] == "warning" and "钟" in one["what"] for one in gongkai.ok("check")["checked"])
    clock.put(-3_600 - 86_400)
    assert "另有机器" in gongkai("status").out
    assert len(gongkai.ok("clock", "show")["doubts"]) == 1
    assert "拨过" not in gongkai("status").out


def test_a_machine_that_was_taken_away_is_forgotten_by_a_person(gongkai: Terminal, clock: DrivenClock) -> None:
    gongkai.ok("clock", "confirm", "--now", f"{wall(clock.now()):%H:%M}")
    store = open_store(f"sqlite:///{gongkai.home / 'gongkai.sqlite'}", clock)
    for name in ("gone", "well"):
        look(store, name)
    clock.put(3_600)
    look(store, "gone")
    clock.put(-3_600)
    assert [one["station"] for one in gongkai.ok("clock", "show")["elsewhere"]] == ["gone"]
    assert "gongkai clock forget gone" in " ".join(gongkai("clock", "show").out.split())
    for name in ("well", "nobody"):
        said = gongkai("clock", "forget", name)
        assert (said.exit, "gongkai clock show" in said.err) == (Exit.WRONG, True)
    assert gongkai.ok("clock", "forget", "gone")["station"] == "gone"
    assert (gongkai.ok("clock", "show")["elsewhere"], gongkai.ok("clock", "show")["doubts"]) == ([], [])
    recorded = select(audit.c.who, audit.c.detail).where(audit.c.act == "clock.forgotten")
    ((who, detail),) = store.read(lambda c: [tuple(row) for row in c.execute(recorded)])
    assert (bool(who), json.loads(detail)) == (True, {"station": "gone"})
    mine = select(clock_mark.c.station).where(clock_mark.c.station != "well")
    (own,) = store.read(lambda c: list(c.execute(mine).scalars()))
    said = gongkai("clock", "forget", own)
    assert (said.exit, "gongkai clock confirm" in said.err) == (Exit.WRONG, True)
    store.close()
