"""A reminder says what meets the duty, and names the command that prepares it: for each row that begins one."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.clock import DrivenClock, wall
from notices.begins import Met, begins
from notices.reminders import Rung
from producers.command import main
from producers.command.exits import Exit
from producers.publish import publish
from producers.reminding import prepare
from producers.withdraw import withdraw
from streams.duties import open_duties, owed
from tests.channels.contract import options
from tests.journeys.town import BY, NOBODY, Ground, Outlet, Town, furnish, opened
from tests.producers.papers import NUMBER, sample, work

HEADS = dict.fromkeys(("sb", "jy", "bgs"), "孙股长")
STAFF: dict[str, Any] = {"heads": HEADS, "persons": {"孙股长": {"endpoints": ["sun"]}}}
PAPERS = {  # between them they owe whatever a notice can owe
    "t01-contribution-base": {},
    "t04-proposed-hires": {"期满处理": "撤下"},
    "t06b-consultation-posts": {"决策编号": NUMBER},
    "t08-progress-posts": {"决策编号": NUMBER},
    "t09-hall-outage": {"事件级别": "重大"},
    "t11-guide-enrolment": {},
}
REPORT = f"gongkai dossier report {NUMBER} -o 文件.md --office rsj"
DRAFT = f"gongkai comments draft {NUMBER} -o 文件.md --office rsj"
DONE = "gongkai due done {duty} --how 怎么办的"
TABLE = {  # row of config/begins.toml: what to do, by which command
    "explain": ("公布“政策解读”，关联写明这件公开件的索引号", "gongkai publish 文件.md"),
    "window-end": (
        "到这一天自动截止，不用登记；要延期、要补录收到的书面意见的，在此以前办",
        f"gongkai dossier show {NUMBER} --office rsj",
    ),
    "feedback": ("用下面的命令备好“意见采纳情况反馈”，填好空着的，再 gongkai publish 文件.md", DRAFT),
    "feedback-promised": ("用下面的命令备好“意见采纳情况反馈”，填好空着的，再 gongkai publish 文件.md", DRAFT),
    "next-report": ("用下面的命令备好“实施进展通报”，填好空着的，再 gongkai publish 文件.md", REPORT),
    "milestone": ("用下面的命令备好“实施进展通报”，填好空着的，再 gongkai publish 文件.md", REPORT),
    "outcome": ("更正这件公开件，把“公示结果”改为无异议、有异议", "gongkai correct {number} 文件.md --note 改了什么"),
    "take-down": (
        "公示已经期满，它写明期满撤下：撤回这件公开件",
        "gongkai withdraw {number} --reason 公示期满",
    ),
    "review": ("办好以后登记", DONE),
    "validity": ("公布替代它的公开件，关联写明这件公开件的索引号；或者办好以后登记", DONE),
    "briefing": ("办好以后登记", DONE),
    "next-bulletin": (
        "用下面的命令备好“突发事件通报”，填好空着的，再 gongkai publish 文件.md",
        "gongkai new t09 --after {number} -o 文件.md --office rsj",
    ),
    "clean-up": ("办好以后登记", DONE),
    "clean-up-replaced": ("办好以后登记", DONE),
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An office that owes something by every row, with a head who is told of it."""
    home = tmp_path_factory.mktemp("town") / "home"
    box = Outlet("sun", "staff_mail", options=options("staff_mail"), pretend=True)
    furnish(home, NOBODY, [Outlet("site", "website"), box], staff=STAFF)
    with opened(Ground(home, DrivenClock())) as here:
        for name, front in PAPERS.items():
            ends = {"失效日期": f"{wall(here.clock.now()).year + 1}-12-31"} if name.startswith("t01") else {}
            given = {"渠道": "[website]", "渠道用语": "", "关联": "[]", **ends, **front}
            done = publish(here.house, sample(here, name, **given), by=BY)
            if name.startswith("t01"):
                again = publish(here.house, sample(here, name, **given, 标题="关于缴费基数的另一件通告"), by=BY)
                old = publish(here.house, sample(here, name, **given, 标题="关于缴费基数的旧通告"), by=BY)
                tie = f"[{{类型: 替代, 标题: 旧通告, 公开件: {old.notice}}}]"
                publish(here.house, sample(here, name, **given | {"关联": tie}, 标题="关于缴费基数的新通告"), by=BY)
        work(here)
        withdraw(here.house, again.notice, reason="有误", by=BY)
        work(here)
        assert done
        yield here


def told(town: Town) -> dict[str, tuple[str, str]]:
    """What a reminder of each says to do: row → in words and by which command."""
    found = {}
    for one in town.house.store.read(lambda c: open_duties(c, "rsj")):
        if one.notice is not None and one.begun in TABLE:
            fields = prepare(town.house, one, Rung.HEAD, "x").message.version.fields
            command = fields["command"].replace(one.id, "{duty}").replace(one.index_number or "-", "{number}")
            found[one.begun] = (fields["todo"], command)
    return found


def test_each_reminder_says_what_meets_it_and_by_which_command(town: Town) -> None:
    assert TABLE.keys() == {one.id for one in begins() if one.met is not Met.RELEASE}, "what is owed open"
    assert told(town) == TABLE


def test_the_withdrawal_that_it_names_lets_the_taking_down_fall_away(town: Town) -> None:
    (one,) = [duty for duty in town.house.store.read(lambda c: open_duties(c, "rsj")) if duty.begun == "take-down"]
    program, *words = shlex.split(prepare(town.house, one, Rung.HEAD, "x").message.version.fields["command"])
    result = CliRunner().invoke(main, [*words, "--yes", "--home", str(town.house.home)])
    assert (program, result.exit_code) == ("gongkai", Exit.DONE), result.output
    work(town)
    ended = town.house.store.read(lambda c: owed(c, one.id))
    assert (ended.how, ended.done_at is not None, ended.is_late) == ("withdrawn", True, False)


@pytest.mark.parametrize("row", [one.id for one in begins() if one.command])
def test_the_command_is_one_that_does_it(town: Town, row: str, tmp_path: Path) -> None:
    (one, *_) = [duty for duty in town.house.store.read(lambda c: open_duties(c, "rsj")) if duty.begun == row]
    said = prepare(town.house, one, Rung.HEAD, "x").message.version.fields["command"]
    program, *words = shlex.split(said.replace("文件.md", str(tmp_path / "文件.md")))
    result = CliRunner().invoke(main, [*words, "--home", str(town.house.home)])
    assert program == "gongkai"
    if "comments" in words and result.exit_code == Exit.WRONG:
        assert "意见还在收" in result.output, "comments are still taken, and it says so"
        return
    assert result.exit_code == Exit.DONE, result.output
    if row == "window-end":
        assert "征求意见截止" in result.output
        return
    assert (tmp_path / "文件.md").read_text("utf-8").startswith("---\n")
