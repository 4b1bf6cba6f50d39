"""The manual and the program say the same: commands, options, examples, exit codes, JSON."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from channels.base import Outcome
from config.clock import SystemClock, wall
from notices.quarter import quarter_of
from notices.samples import expand
from producers.command import main
from producers.command.exits import Exit, worst
from producers.command.group import Group
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.command.manual import (
    TEXT,
    common_options,
    exits,
    failure_keys,
    keys,
    sections,
    undocumented,
    worst_first,
)
from tests.producers.command.planted import doubted, unknown, without_money
from tests.source import ROOT

TEXTING = """
[endpoints.phones]
office = "rsj"
channel = "sms"
title = "短信"
pretend = true
[endpoints.phones.options]
vendor = "aliyun"
audience = "pensioners"
sign = "云岭高新区人社局"
phone = "0800-8123456"
key_id = "LTAI5t0123456789"
secret = "duanxin"
templates = {}

[endpoints.others]
office = "ybj"
channel = "sms"
title = "别的局的短信"
pretend = false
[endpoints.others.options]
vendor = "aliyun"
audience = "others"
sign = "云岭高新区医保局"
phone = "0800-8123456"
key_id = "LTAI5t0123456789"
secret = "duanxin"
templates = {}
second = { vendor = "tencent", app = "1400006666", key_id = "AKID01234567", secret = "duanxin2", templates = {} }
"""
REMINDING = """
[offices.rsj.staff]
heads = { bgs = "林晓" }
[offices.rsj.staff.persons]
"林晓" = { endpoints = ["lin"] }
[endpoints.lin]
office = "rsj"
channel = "staff_mail"
title = "林晓"
options = { server = "mail.yunling.example", sender = "a@yunling.example", to = ["lin@yunling.example"] }
"""
COMMON = ("home", "as_json", "lang", "by")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its name, those of groups with their group's in front."""
    context = click.Context(main)
    for name in main.list_commands(context):
        found = main.get_command(context, name)
        if isinstance(found, Group):
            for inner in found.list_commands(context):
                yield f"{name} {inner}", found.get_command(context, inner) or click.Command("")
        else:
            yield name, found or click.Command("")


COMMANDS = dict(commands())


def spec(option: click.Option) -> str:
    """An option as the manual writes it, a closed choice under one name."""
    written, _ = option.get_help_record(click.Context(click.Command(""))) or ("", "")
    names = {
        "website|feed|poster|webhook|wecom|wechat|mail|sms": "CHANNEL",
        "banner|gone|redirect": "WHAT",
        "arrived|lost|again": "WHAT",
        "arrived|lost": "WHAT",
        "owner|head|office|director": "RUNG",
        "zh|en": "LANGUAGE",
        "new|accepted|rejected": "STATE",
        "mail|letter|phone|visit": "WAY",
    }
    return re.sub(r"\[([a-z|]+)\]", lambda choice: names[choice[1]], written)


def options(of: click.Command, *, common: bool) -> dict[str, tuple[str, ...]]:
    return {
        spec(param): tuple((param.help or "").split("\n"))
        for param in of.params
        if isinstance(param, click.Option) and (param.name in COMMON) is common
    }


def test_every_command_has_its_section() -> None:
    assert list(sections()) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_manual_names_the_options_of_a_command(name: str) -> None:
    assert sections()[name].options == options(COMMANDS[name], common=False)


def test_every_command_has_the_common_options() -> None:
    documented = {spec: words for spec, words in common_options().items() if spec != "--help"}
    for name, found in COMMANDS.items():
        assert options(found, common=True) == documented, name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_are_good_commands(name: str) -> None:
    examples = sections()[name].examples
    assert examples
    for example in examples:
        words = name.split()
        assert list(example[: len(words)]) == words
        COMMANDS[name].make_context(name, list(example[len(words) :]))  # raises for anything that is not understood


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("width", ["80", "120"])
def test_the_help_of_a_command_fits_the_terminal(name: str, width: str) -> None:
    from rich.cells import cell_len

    said = CliRunner().invoke(main, [*name.split(), "--help"], env={"COLUMNS": width})
    assert said.exit_code == Exit.DONE
    lines = said.output.splitlines()
    assert max(map(cell_len, lines)) <= int(width)
    chinese, english = (COMMANDS[name].help or "").split("\n")[:2]
    place = [number for number, line in enumerate(lines) if line.strip() in (chinese, english)]
    assert place == [place[0], place[0] + 1], "Chinese first, English beside"


@pytest.mark.parametrize("name", ["", *sorted({name.split()[0] for name in COMMANDS if " " in name}), *COMMANDS])
def test_no_word_of_a_help_page_is_lost_on_a_narrow_terminal(name: str) -> None:
    def pieces(width: int) -> Counter[str]:
        said = CliRunner().invoke(main, [*name.split(), "--help"], env={"COLUMNS": str(width)}).output
        return Counter(re.sub(r"\s", "", said))

    assert pieces(80) == pieces(400)


@pytest.mark.parametrize(
    "args", [[], ["tasks"], ["endpoints"], ["audiences"], ["comments"], ["dead-letters"], ["wechat"]]
)
def test_without_a_command_the_list_is_shown(args: list[str]) -> None:
    said = CliRunner().invoke(main, args)
    assert said.exit_code == Exit.USAGE
    assert "用法 Usage" in said.output


def test_the_exit_codes_are_those_of_the_manual() -> None:
    assert exits() == {code.value: code.name.lower() for code in Exit}


def test_the_worst_of_several_is_the_first_of_the_manuals_row() -> None:
    row = worst_first()
    assert sorted(row) == sorted(Exit)
    assert worst() == Exit.DONE
    for place, code in enumerate(row):
        assert all(worst(Exit(code), Exit(other)) == worst(Exit(other), Exit(code)) == code for other in row[place:])


def test_every_outcome_is_explained() -> None:
    assert all(outcome in TEXT for outcome in Outcome)


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["publish"], "FILE…"),
        (["publish", "x.md", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["publish", "x.md", "--timeout", "soon"], "--timeout"),
        (["endpoints", "add", "x", "--channel", "pigeon", "--title", "x"], "pigeon"),
        (["endpoints", "add", "x", "--channel", "feed", "--title", "x", "--option", "paper"], "paper"),
        (["withdraw", "x", "--reason", "x", "--leaves", "redirect"], "--redirect"),
        (["dead-letters", "retry"], "--all"),
        (["endpoints", "pause", "x", "--why", "x", "--until", "tomorrow"], "tomorrow"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(args: list[str], what: str) -> None:
    said = CliRunner().invoke(main, args)
    assert said.exit_code == Exit.USAGE
    assert what in said.stderr
    assert "--help" in said.stderr
    assert CliRunner().invoke(main, [*args, "--json"]).stdout.startswith("{")


# -- what is imported --------------------------------------------------------------------------------

HEAVY = ("sqlalchemy", "typst", "lxml", "requests", "jinja2", "rich", "starlette", "structlog")


@pytest.mark.parametrize("args", [["new", "t01", "--office", "rsj"], ["--help-nothing"]])
def test_what_needs_no_store_starts_without_one(gongkai: Terminal, args: list[str]) -> None:
    """Deterministic for: `gongkai new` starts at once."""
    code = "import sys; from producers.command import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
    code += f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    command = [sys.executable, "-c", code, *args, "--home", str(gongkai.home), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stderr.splitlines()[-1] == "[]"


def test_a_command_whose_module_is_missing_says_so() -> None:
    group = Group("gongkai", "producers.command", {"write": ("nothing",)})
    with pytest.raises(click.ClickException, match="nothing"):
        group.get_command(click.Context(group), "nothing")


def consultation(desk: Desk) -> Path:
    """A notice that asks for comments from today on."""
    text = expand((ROOT / "samples" / "t06a-consultation-hardship.md").read_text("utf-8"), desk.now)
    own = {"渠道": "[网站]", "决策编号": "JC-2021-07"}
    for name, days in (("征求意见开始", 0), ("征求意见截止", 30), ("反馈承诺日", 58)):
        own[name] = f'"{wall(desk.now) + timedelta(days=days):%Y-%m-%d}"'
    for name, value in own.items():
        text = re.sub(rf"^{name}: .*", f"{name}: {value}", text, flags=re.MULTILINE)
    file = desk.folder / "consultation.md"
    file.write_text(text, "utf-8")
    return file


# -- JSON --------------------------------------------------------------------------------------------


def decision(desk: Desk, number: str) -> Path:
    """The file of what is decided in the matter of that number."""
    source = (ROOT / "samples" / "t14-decision-hardship.md").read_text("utf-8")
    text = re.sub(r"^关联:\n(?:  .*\n)+", "", expand(source, SystemClock().now()), flags=re.M)
    text = re.sub(r"^决策编号:.*$", f"决策编号: {number}", text, flags=re.M)
    file = desk.folder / "decision.md"
    file.write_text(re.sub(r"^发文机关:.*$", "发文机关: rsj\n渠道: [website]", text, flags=re.M), "utf-8")
    return file


def bulletin(desk: Desk) -> Path:
    """The file of the first bulletin of an emergency."""
    source = (ROOT / "samples" / "t09-hall-outage.md").read_text("utf-8")
    text = re.sub(r"^(关联|渠道用语|渠道):.*\n(?:  .*\n)*", "", expand(source, SystemClock().now()), flags=re.M)
    file = desk.folder / "bulletin.md"
    file.write_text(re.sub(r"^发文机关:.*$", "发文机关: rsj\n渠道: [website]", text, flags=re.M), "utf-8")
    return file


def test_every_answer_has_the_keys_of_the_manual_and_no_others(gongkai: Terminal, desk: Desk) -> None:
    manual, seen = sections(), dict[str, set[str]]()

    def ask(name: str, *args: object, fails: bool = False) -> dict[str, object]:
        """What a command says: that it is done, or why it ``fails``."""
        said = gongkai(*name.split(), *args, "--json")
        assert (said.exit != Exit.DONE) is fails, f"{name} {args}: {said.out} {said.err}"
        assert undocumented(said.data, manual[name].keys | failure_keys()) == set(), name
        seen.setdefault(name, set()).update(keys(said.data))
        return said.data

    with (gongkai.home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.write(TEXTING + REMINDING)
    first = desk.file("办结情况", replace=("行政审批和公共服务事项186件", "行政审批和公共服务事项168件"))
    long = desk.file("长" * 60, replace=("标题: 长", "标题: " + "很" * 100 + "长"))
    ask("new")
    ask("new", "t01", "--office", "rsj", "-o", desk.folder / "new.md")
    hall = gongkai.ok("publish", bulletin(desk))["files"][0]["notice"]
    ask("new", "t09", "--after", hall)
    raw = desk.folder / "old.txt"
    raw.write_text("2013年总结\n2013年总结\n工作,,很好。\n", "utf-8")
    ask("tidy", raw)
    ask("render", first, "--channel", "website", "-o", desk.folder / "seen")
    ask("publish", first, long, "--dry-run", fails=True)
    ask("publish", first, long, fails=True)
    done = gongkai.ok("publish", first, "--wait")["files"][0]["notice"]
    ask("publish", desk.file("第二件"), "--wait")
    ask(
        "endpoints add",
        "wanbao",
        "--channel",
        "webhook",
        "--title",
        "晚报",
        "--office",
        "rsj",
        "--option",
        "url=https://x.example/in",
    )
    ask("endpoints change", "wanbao", "--option", "url=https://x.example/other", "--why", "换址")
    ask("endpoints pause", "site", "--why", "检修")
    ask("endpoints list")
    ask("endpoints resume", "site")
    ask("endpoints disable", "site", "--why", "换址")
    ask("endpoints enable", "site")
    ask("endpoints test", "site", fails=True)
    ask("endpoints rebuild", "site")
    ask("correct", done, desk.file("办结情况更正"), "--note", "标题")
    ask("correct", done, desk.file("又更正"), "--note", "标题", "--wait")
    without_money(gongkai.home, "others")
    ask("status")
    ask("status", done)
    ask("withdraw", done, "--reason", "重新统计")
    ask("verify", fails=True)
    ask("check", fails=True)
    ask("resume")
    numbers = desk.folder / "numbers.csv"
    numbers.write_text("手机号\n13900000000\n", "utf-8")
    ask("audiences read", "pensioners", numbers, "--office", "rsj", "--title", "退休人员", "--basis", "第四条")
    ask("render", desk.file("看看短信", channels="sms"), "--channel", "sms", "-o", desk.folder / "text")
    told = gongkai.ok("publish", desk.file("有短信", channels="sms"), "--wait")["files"][0]["notice"]
    ask("status", told)
    ask("audiences list")
    ask("audiences opt-out", numbers, "--office", "rsj", "--why", "来电")
    ask("audiences erase", "pensioners", "--why", "业务结束")
    ask("publish", consultation(desk))
    letters = desk.folder / "letters.csv"
    letters.write_text("意见,姓名\n好,李梅\n不好,\n广告,\n收回,\n", "utf-8")
    matter = ("JC-2021-07", "--office", "rsj")
    came = ("--received", f"{wall(desk.now):%Y-%m-%d}", "--way", "letter", "--receipts", desk.folder / "receipts.csv")
    entered = ask("comments import", letters, "--number", *matter, *came)["comments"]
    first, second, third, fourth = (one["comment"] for one in entered)  # type: ignore[attr-defined]  # JSON
    ask("comments list", *matter)
    ask("comments show", first, "--person", *matter[1:])
    ask("comments accept", first, second, *matter[1:])
    ask("comments reject", third, "--reason", "广告", *matter[1:])
    ask("comments withdraw", fourth, "--reason", "来电", *matter[1:])
    ask("comments dispose", first, "adopted", "--reason", "好", *matter[1:])
    ask("comments dispose", second, "not", "--reason", "另行规定", *matter[1:])
    ask("comments export", *matter, "-o", desk.folder / "table.csv")
    ask("comments draft", *matter, "-o", desk.folder / "feedback.md", fails=True)
    ask("comments erase", *matter, "--why", "本人要求")
    given = ("--about", "办结情况", "--section", "bgs", "--office", "rsj")
    owed = ask("due add", "disclose", "2026-11-02", *given)["duty"]
    ask("due pause", owed, "2026-11-10", "--why", "征求意见")
    ask("due resume", owed, "2026-11-12", "--why", "已答复")
    ask("due list", "--office", "rsj")
    ask("due list", "--office", "rsj", "--quarter", str(quarter_of(desk.now)))
    ask("due show", owed)
    ask("due remind", owed, "--to", "head")
    ask("due show", owed)
    ask("due done", owed, "--how", "已公开")
    ask("calendar show", "--office", "rsj")
    ask("calendar rules")
    ask("calendar count", "disclose", "2026-09-21", "--office", "rsj")
    snow = desk.folder / "snow.toml"
    snow.write_text('source = "通知"\n[[off]]\nname = "大雪停工"\nfrom = 2026-12-01\nto = 2026-12-01\n', "utf-8")
    ask("calendar import", snow, "--office", "rsj", "--yes")
    ask("endpoints add", "hall", "--channel", "poster", "--title", "海报", "--office", "rsj", "--option", "png=false")
    hung = gongkai.ok("publish", desk.file("有海报", channels="poster"), "--wait")["files"][0]["notice"]
    ask("tasks list")
    ask("tasks done", hung, "--where", "大厅东墙")
    later = f"{wall(SystemClock().now() + timedelta(days=1)):%Y-%m-%d %H:%M}"
    ask("publish", timed := desk.file("明天发的", f"定时发布: {later}"))
    ask("triggers list")
    waits = gongkai.ok("publish", timed)["files"][0]["notice"]
    ask("status", waits)
    ask("triggers retry", waits)
    ask("triggers cancel", waits, "--reason", "改期")
    signed = ("--signed-by", "陈远", "--reviewed-by", "吴桐", "--office", "rsj")
    ask("dossier open", "JC-9", "--name", "修订办法", "--section", "bgs", *signed)
    ask("dossier exempt", "JC-9", "--reason", "应急处置", *signed)
    gongkai.ok("publish", decision(desk, "JC-9"))
    ask("dossier report", "JC-9", "--office", "rsj", "-o", desk.folder / "report.md")
    ask("dossier evaluate", "JC-9", "--text", "已经做到", *signed)
    ask("dossier list", "--office", "rsj")
    ask("dossier show", "JC-9", "--office", "rsj")
    ask("dossier file", "JC-9", "--office", "rsj")
    ask("clock show")
    ask("clock confirm", "--now", f"{wall(SystemClock().now()):%H:%M}")
    ask("clock forget", doubted(gongkai.home))
    ask("unknown list")
    ask("unknown settle", unknown(gongkai.home), "--as", "lost", "--why", "查过了")
    ask("wechat push", done, "--yes", fails=True)
    ask("wechat slots")
    ask("wechat settle", done, "--as", "lost", "--why", "查过了", fails=True)
    ask("dead-letters list")
    ask("dead-letters show", 1, fails=True)
    ask("dead-letters retry", "--all")
    ask("init", fails=True)
    assert manual.keys() - seen.keys() == {"up", "worker", "run", "sandbox", "migrate"}  # the last: test_migrate
    whole = ("publish", "status", "new", "tidy", "check", "verify", "render")
    assert {key for name in whole for key in manual[name].keys - seen[name]} == set()
