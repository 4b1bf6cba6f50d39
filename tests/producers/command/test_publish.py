"""``gongkai publish``: each file its own result, the same file once, nothing final without a yes."""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from channels.base import names
from config.clock import SystemClock, wall
from config.limits import limits
from producers.command import labels
from producers.command.confirm import confirm, irreversible
from producers.command.exits import Exit
from producers.command.failures import Failed
from producers.command.given import Given
from producers.house import House
from producers.reach import Reach
from streams.outlets import Endpoint
from streams.store.store import StoreUnavailable
from tests.producers.command.conftest import Desk, Terminal
from tests.streams.installation import Installation


def test_a_file_becomes_public_and_its_deliveries_wait(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("publish", desk.file("办结情况"))
    assert said.exit == Exit.DONE
    assert "✓ 已公开  办结情况" in said.out
    assert "11530100MB1A2B3C4D/" in said.out
    assert "2 次投递等着" in said.out
    assert "gongkai up" in said.out
    assert said.err == ""


def test_the_same_file_twice_changes_nothing(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("办结情况")
    (first,) = gongkai.ok("publish", file)["files"]
    (again,) = gongkai.ok("publish", file)["files"]
    assert again["already"]
    assert [again[key] for key in ("notice", "address", "index_number")] == [
        first[key] for key in ("notice", "address", "index_number")
    ]
    told = gongkai("publish", file)
    assert told.exit == Exit.DONE
    assert "已公开" in told.out
    assert "以前发布过，什么都没有改变" in told.out
    assert first["address"] in told.out
    assert len(gongkai.ok("status")["notices"]) == 1


def test_what_fails_to_be_read_behind_the_act_is_not_told_as_its_failure(
    gongkai: Terminal, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bool:
        raise StoreUnavailable("disk I/O error")

    monkeypatch.setattr("producers.command.follow.is_worked", gone)
    said = gongkai("publish", desk.file("办结情况"))
    assert (said.exit, said.err) == (Exit.WAITING, "")
    assert "✓ 已公开  办结情况" in said.out
    assert "已经办成，不用再办" in said.out
    assert "gongkai status" in " ".join(said.out.split())
    assert "什么都没有改变" not in said.out
    told = gongkai("publish", desk.file("另一件"), "--json").data
    assert (told["files"][0]["error"], told["unread"]) == (None, "disk I/O error")
    notice = told["files"][0]["notice"]
    for act in (("correct", notice, desk.file("改过的"), "--note", "改字"), ("withdraw", notice, "--reason", "有误")):
        done = gongkai(*act, "--json").data
        assert (done["exit"], done["notice"], done["error"]) == (Exit.WAITING, notice, None)
    monkeypatch.undo()
    assert len(gongkai.ok("status")["notices"]) == 2


def test_a_file_that_was_withdrawn_since_says_so(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("办结情况")
    (first,) = gongkai.ok("publish", file)["files"]
    gongkai.ok("withdraw", first["notice"], "--reason", "数字有误，重新统计")
    told = gongkai("publish", file)
    assert told.exit == Exit.DONE
    assert "后来撤回了" in told.out


def test_a_bad_file_does_not_stop_the_others(gongkai: Terminal, desk: Desk, tmp_path: Path) -> None:
    wrong = desk.file("错的", replace=("受理件数: 186", "受理件数: 很多"))
    said = gongkai("publish", wrong, desk.file("对的"), tmp_path / "没有.md")
    assert said.exit == Exit.WRONG
    assert "✓ 已公开  对的" in said.out
    assert "错的.md 第" in said.err
    assert "受理件数" in said.err
    assert "打不开文件" in said.err


def test_each_problem_names_file_line_and_field(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("错的", replace=("受理件数: 186", "受理件数: 很多"))
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "很多" in text)
    said = gongkai("publish", file, "--json")
    (result,) = said.data["files"]
    (problem,) = [one for one in result["error"]["problems"] if one["field"] == "受理件数"]
    assert (problem["file"], problem["line"]) == (str(file), line)
    assert problem["what"]
    assert problem["fix"]
    assert said.exit == Exit.WRONG


def test_a_figure_of_the_body_that_differs_from_its_fact_is_reported(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("办结情况", replace=("共受理行政审批和公共服务事项186件", "共受理行政审批和公共服务事项168件"))
    told = gongkai("publish", file)
    assert told.exit == Exit.DONE
    assert "168件" in told.out
    assert "186件" in told.out


def test_a_notice_that_has_ended_already_is_published_and_reported(gongkai: Terminal, desk: Desk) -> None:
    written = f'成文日期: "{wall(SystemClock().now()):%Y-%m-%d}"'
    old = (written, '成文日期: "2020-01-01"')
    file = desk.file("办结情况", '失效日期: "2020-01-31"', replace=old)
    for more in (["--dry-run"], []):
        (told,) = gongkai.ok("publish", file, *more)["files"]
        (warning,) = [one for one in told["warnings"] if one["figure"] == "2020年1月31日"]
        assert "已失效" in warning["text"]
    assert "2020年1月31日" in gongkai("publish", desk.file("又一件", '失效日期: "2020-01-31"', replace=old)).out
    (sound,) = gongkai.ok("publish", desk.file("还有一件"))["files"]
    assert sound["warnings"] == []


def test_what_breaks_a_limit_is_refused_and_nothing_is_released(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("publish", desk.file("长" * 60, replace=("标题: 长", "标题: " + "很" * 100 + "长")))
    assert said.exit == Exit.LIMITS
    assert "上限 120" in said.err
    assert gongkai.ok("status")["notices"] == []


def test_an_office_without_the_channel_is_told(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("publish", desk.file("办结情况", channels="webhook"))
    assert said.exit == Exit.CONFIGURATION
    assert "gongkai endpoints add" in said.err


def test_who_acts_is_in_the_audit(gongkai: Terminal, desk: Desk) -> None:
    (done,) = gongkai.ok("publish", desk.file("办结情况"), "--by", "林晓")["files"]
    assert {act["who"] for act in gongkai.ok("status", done["notice"])["acts"]} == {"林晓"}


def test_english_is_complete_where_it_is_asked_for(gongkai: Terminal, desk: Desk) -> None:
    told = gongkai("publish", desk.file("办结情况"), "--lang", "en")
    assert "2 deliveries wait" in told.out
    refused = gongkai("publish", desk.folder / "nothing.md", "--lang", "en")
    assert "cannot open" in refused.err


# -- a dry run -------------------------------------------------------------------------------------


def test_a_dry_run_tells_where_whom_how_much_and_every_limit(gongkai: Terminal, desk: Desk) -> None:
    (trial,) = gongkai.ok("publish", desk.file("办结情况"), "--dry-run")["files"]
    assert [(one["endpoint"], one["public"], one["price"]) for one in trial["endpoints"]] == [
        ("feeds", True, 0),
        ("site", True, 0),
    ]
    limits = {(one["channel"], one["limit"]): (one["used"], one["value"]) for one in trial["limits"]}
    assert limits["website", "title"] == (len("办结情况"), 120)
    assert 0 < limits["feed", "entry"][0] < limits["feed", "entry"][1]
    assert gongkai.ok("status")["notices"] == []


def test_every_limit_is_told_in_a_unit_that_has_words() -> None:
    assert all(labels.unit(limit) for channel in names() for limit in limits(channel).values())


def test_a_dry_run_shows_what_is_broken_with_everything_else(gongkai: Terminal, desk: Desk) -> None:
    said = gongkai("publish", desk.file("长" * 60, replace=("标题: 长", "标题: " + "很" * 100 + "长")), "--dry-run")
    assert said.exit == Exit.LIMITS
    assert "160" in said.out
    assert "内容概述字数" in said.out
    assert "上限 120" in said.err


def test_a_dry_run_of_a_file_that_is_public_says_so(gongkai: Terminal, desk: Desk) -> None:
    file = desk.file("办结情况")
    gongkai.ok("publish", file)
    (trial,) = gongkai.ok("publish", file, "--dry-run")["files"]
    assert trial["already"]


# -- what cannot be taken back -----------------------------------------------------------------------


@pytest.fixture
def doubles(tmp_path: Path) -> Iterator[tuple[House, list[Reach]]]:
    """An outlet where nothing can be taken back, the same rehearsed, and a harmless one."""
    here = Installation(tmp_path, f"sqlite:///{tmp_path / 'gongkai.sqlite'}")
    endpoints = [
        Endpoint("sms", "rsj", "irreversible", "大厅短信", "{}", pretend=False, enabled=True, reason=None),
        Endpoint("drill", "rsj", "irreversible", "演练短信", "{}", pretend=True, enabled=True, reason=None),
        Endpoint("paper", "rsj", "keyed", "云岭日报", "{}", pretend=False, enabled=True, reason=None),
    ]
    reaches = [Reach(endpoints[0], 1_234, Decimal("61.70")), *(Reach(one, None, Decimal(0)) for one in endpoints[1:])]
    yield House(here.configuration, here.clock, here.store, here.outlets, "token"), reaches
    here.store.close()


@contextmanager
def typing(answer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A person at a terminal who types ``answer``."""
    person, terminal = pty.openpty()
    os.write(person, answer.encode())
    with os.fdopen(terminal) as typed, monkeypatch.context() as here:
        here.setattr(sys, "stdin", typed)
        yield
    os.close(person)


def asked(home: Path, *, json: bool = False) -> Given:
    return Given(home, json, "测试")


def test_only_what_is_really_sent_is_asked_about(doubles: tuple[House, list[Reach]]) -> None:
    here, reaches = doubles
    assert [one.id for one in irreversible(here, [one.endpoint for one in reaches])] == ["sms"]


def test_nothing_final_is_sent_without_a_yes(
    doubles: tuple[House, list[Reach]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, reaches = doubles
    with typing("n\n", monkeypatch), pytest.raises(Failed) as declined:
        confirm(asked(tmp_path), here, reaches, yes=False)
    assert declined.value.failure.exit == Exit.INTERRUPTED
    with typing("y\n", monkeypatch):
        confirm(asked(tmp_path), here, reaches, yes=False)
    confirm(asked(tmp_path), here, reaches, yes=True)
    confirm(asked(tmp_path), here, reaches[1:], yes=False)


def test_where_nobody_can_answer_it_is_refused(doubles: tuple[House, list[Reach]], tmp_path: Path) -> None:
    here, reaches = doubles
    with Path(os.devnull).open() as nobody, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", nobody)
        with pytest.raises(Failed, match="unconfirmed") as refused:
            confirm(asked(tmp_path), here, reaches, yes=False)
    assert "大厅短信（1,234 人，61.70 元）" in refused.value.failure.what
    with pytest.raises(Failed, match="unconfirmed"):
        confirm(asked(tmp_path, json=True), here, reaches, yes=False)


def test_a_home_without_configuration_says_how_to_get_one(tmp_path: Path, desk: Desk) -> None:
    said = Terminal(tmp_path / "none")("publish", desk.file("办结情况"))
    assert said.exit == Exit.CONFIGURATION
    assert "gongkai init" in said.err
    assert not (tmp_path / "none").exists()


def test_the_settings_are_told_where_they_are_wrong(gongkai: Terminal, desk: Desk) -> None:
    file = gongkai.home / "gongkai.toml"
    file.write_text(file.read_text("utf-8").replace("port =", "prot ="), "utf-8")
    said = gongkai("publish", desk.file("办结情况"))
    assert said.exit == Exit.CONFIGURATION
    assert "prot" in said.err
    assert "gongkai.toml" in said.err
