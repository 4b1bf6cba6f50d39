"""``new``, ``tidy`` and ``init``: what they write can be used as it stands, and nothing is written over."""

import re
from datetime import date
from pathlib import Path

import pytest

from config.kinds import written_kinds
from notices.asked import CONSULTS
from notices.matter import EXTENDS
from producers.command.exits import Exit
from tests.producers.command.conftest import Terminal
from tests.source import ROOT

FILLED = {
    "（请改写标题）": "",
    "请填姓名": "林晓",
    "请用一两句话说明：什么事、对谁有影响、什么时候。": "说明办理的时间和地点。",
    "请在这里写": "以下是",
    "## 一、小标题": "## 一、办理时间",
    "正文用 Markdown：": "按通知办理：",
}


@pytest.mark.parametrize("kind", written_kinds())
def test_an_example_of_each_kind_can_be_looked_at_and_published_once_it_is_filled_in(
    gongkai: Terminal, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{kind}.md"
    assert gongkai("new", kind, "--office", "rsj", "-o", file).exit == Exit.DONE
    text = file.read_text("utf-8").replace("# 渠道: [网站, 订阅源]", "渠道: [网站, 订阅源] ")
    file.write_text(text, "utf-8")
    assert gongkai("render", file, "--channel", "website", "-o", tmp_path / "seen").exit == Exit.DONE
    for args in (("publish", file), ("publish", file, "--dry-run")):
        said = gongkai(*args)
        assert said.exit == Exit.WRONG
        for number, line in enumerate(text.splitlines(), 1):
            assert (f"第{number}行" in said.err) is any(mark in line for mark in FILLED), line
    assert gongkai.ok("status")["notices"] == []
    for mark, filled in FILLED.items():
        text = text.replace(mark, filled)
    file.write_text(text, "utf-8")
    in_turn(gongkai, kind, text, tmp_path / "asked.md")
    said = gongkai("publish", file)
    assert said.exit == Exit.DONE, said.err


def in_turn(gongkai: Terminal, kind: str, text: str, asked: Path) -> None:
    """Let the matter of the example have come so far that it may be published."""
    if written_kinds()[kind].decides:
        number, signed = value(text, "决策编号"), ("--signed-by", "陈远", "--reviewed-by", "吴桐", "--office", "rsj")
        gongkai.ok("dossier", "open", number, "--name", "制定办法", "--section", "bgs", *signed)
        gongkai.ok("dossier", "exempt", number, "--reason", "应急处置", *signed)
    if kind == EXTENDS:
        gongkai.ok("new", CONSULTS, "--office", "rsj", "-o", asked)
        example = asked.read_text("utf-8").replace("# 渠道: [网站, 订阅源]", "渠道: [网站, 订阅源] ")
        example = example.replace("# 不足三十日的理由", "不足三十日的理由")
        last, first = (
            date.fromisoformat(value(of, name)) for of, name in ((text, "原截止日"), (example, "征求意见开始"))
        )
        given = {
            "决策编号": value(text, "决策编号"),
            "征求意见截止": f"{last}",
            "征求意见天数": f"{(last - first).days}日",
        }
        for name, line in given.items():
            example = re.sub(rf"(?m)^{name}:.*$", f"{name}: {line}", example)
        for mark, filled in FILLED.items():
            example = example.replace(mark, filled)
        asked.write_text(example, "utf-8")
        gongkai.ok("publish", asked)


def value(text: str, name: str) -> str:
    """What a file says there."""
    found = re.search(rf'(?m)^{name}: *"?([^\s"#]+)', text)
    assert found, name
    return found[1]


@pytest.mark.parametrize("name", ["t03", "T3", "招聘公告"])
def test_a_kind_goes_by_any_of_its_names(gongkai: Terminal, name: str) -> None:
    assert gongkai.ok("new", name, "--office", "rsj")["kind"] == "t03"


def test_without_out_the_example_can_be_piped(gongkai: Terminal) -> None:
    said = gongkai("new", "t03", "--office", "rsj")
    assert said.out.startswith("---\n")
    assert said.err == ""


def test_an_unknown_kind_lists_those_there_are(gongkai: Terminal) -> None:
    said = gongkai("new", "t99", "--office", "rsj")
    assert said.exit == Exit.WRONG
    assert all(kind.id in said.err and kind.name in said.err for kind in written_kinds().values())
    assert all(kind.id in gongkai("new").out for kind in written_kinds().values())


def test_where_there_are_several_offices_one_must_be_named(gongkai: Terminal) -> None:
    for args, what in ((("new", "t03"), "rsj"), (("new", "t03", "--office", "gaj"), "gaj")):
        said = gongkai(*args)
        assert said.exit == Exit.WRONG
        assert what in said.err


def test_no_file_is_written_over(gongkai: Terminal, tmp_path: Path) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text("mine", "utf-8")
    raw = ROOT / "samples" / "2013-annual-summary.raw.txt"
    for args in (("new", "t03", "--office", "rsj", "-o", mine), ("tidy", raw, "-o", mine)):
        assert gongkai(*args).exit == Exit.WRONG
    assert mine.read_text("utf-8") == "mine"


def test_an_old_text_is_cleaned_and_what_is_left_is_listed(gongkai: Terminal, tmp_path: Path) -> None:
    raw, out = ROOT / "samples" / "2013-annual-summary.raw.txt", tmp_path / "2013.md"
    said = gongkai("tidy", raw, "-o", out)
    assert said.exit == Exit.DONE
    assert out.read_text("utf-8").startswith("---\n标题:")
    assert "要人定" in said.err
    decisions = gongkai.ok("tidy", raw)["decisions"]
    assert {"doubled_title", "doubled_number", "doubled_word", "fill"} == {one["key"] for one in decisions}


def test_a_file_that_is_no_text_is_told(gongkai: Terminal, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("总结".encode("gb18030"))
    said = gongkai("tidy", tmp_path / "old.txt")
    assert said.exit == Exit.WRONG
    assert "UTF-8" in said.err


def test_a_fresh_folder_is_ready_at_once_and_never_written_over(tmp_path: Path) -> None:
    gongkai = Terminal(tmp_path / "fresh")
    assert gongkai.ok("init", "--port", "9100")["port"] == 9100
    before = (tmp_path / "fresh" / "gongkai.toml").read_text("utf-8")
    assert "9100" in before
    assert gongkai("check").exit == Exit.DONE
    assert gongkai("init").exit == Exit.WRONG
    assert (tmp_path / "fresh" / "gongkai.toml").read_text("utf-8") == before


def test_what_is_a_notice_already_is_not_tidied(gongkai: Terminal, tmp_path: Path) -> None:
    source, out = ROOT / "samples" / "t12-annual-summary.md", tmp_path / "out.md"
    said = gongkai("tidy", source, "-o", out)
    assert said.exit == Exit.WRONG
    assert "已经是公开件" in said.err
    assert not out.exists()
