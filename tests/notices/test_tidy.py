"""The bureau's old text, cleaned: nothing but punctuation, pinyin and traditional characters is changed."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC  # type: ignore[import-untyped]  # it comes without types

from notices.tidy import clean, tidy
from tests.factories import office
from tests.notices.files import problems, raw
from tests.source import ROOT

RAW = (ROOT / "samples" / "2013-annual-summary.raw.txt").read_text("utf-8")
TIDIED = tidy(RAW)
FRONT, BODY = TIDIED.text.split("---\n", 2)[1:]
FILLED = {
    "责任股室": "办公室",
    "责任人": "吴桐",
    "  签发人": "陈远",
    "  审查人": "林晓",
    "  时间": "2026-11-23 09:00",
    "  结果": "可公开",
}


def han(text: str) -> str:
    return "".join(re.findall(r"[\u3400-\u9fff]", text))


def test_not_one_character_is_added_taken_away_or_moved() -> None:
    simplified = OpenCC("t2s").convert(RAW)
    title = next(line for line in FRONT.split("\n") if line.startswith("标题"))
    assert (han(title)[2:] + han(BODY)).replace("着", "著") == han(simplified).replace("着", "著")
    assert re.findall(r"\d+", BODY) == re.findall(r"\d+", RAW.split("\n", 1)[1])


def test_what_a_machine_can_know_is_put_right() -> None:
    assert "著" not in TIDIED.text
    assert not re.search(r"[\u4e00-\u9fff][,;:?!()（]?[a-zāǎàūùīěèōǒí]+\)", TIDIED.text)
    assert not re.search(r"[,;()]", BODY)
    assert not re.search(r"[，、。；：]{2,}", BODY)
    assert OpenCC("t2s").convert(TIDIED.text) == TIDIED.text


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("以“民生為本,、人才優(yōu)先”為主線,,創(chuàng)新舉措", "以“民生为本、人才优先”为主线，创新举措"),
        ("取得了實實在在的效果,。", "取得了实实在在的效果。"),
        ("查詢辦理情況,；做好", "查询办理情况；做好"),
        ("信息工作; 切實提高", "信息工作；切实提高"),
        ("(一)存在的主要問題", "（一）存在的主要问题"),
        ("從深化政務服務著手", "从深化政务服务着手"),
        ("本著規(guī)范的原則", "本着规范的原则"),
        ("著名著作、顯著成效", "著名著作、显著成效"),
        ("共3,000元,比上年多", "共3,000元，比上年多"),
        ("見(PDF)和(see)說明", "见(PDF)和说明"),
        ("1,234.5", "1,234.5"),
    ],
)
def test_lines(line: str, cleaned: str) -> None:
    assert clean(line) == cleaned


def test_headings_and_paragraphs() -> None:
    assert [line for line in BODY.split("\n") if line.startswith("#")] == [
        "## 一、健全政务宣传工作制度",
        "## 二、扩大公开范围，细化公开内容",
        "## 三、丰富公开形式，创新载体建设",
        "## 四、强化监督检查，加强学习交流",
        "## 五、存在问题及下步打算",
        "### （一）存在的主要问题",
        "### （二）下步工作打算",
    ]


def test_what_a_person_must_decide_is_told_with_its_line() -> None:
    lines = TIDIED.text.split("\n")
    found = {(decision.key, decision.given) for decision in TIDIED.decisions}
    assert found == {
        ("doubled_title", "高新区组织人事和劳动保障局2013年依法行政信息公开工作总结"),
        ("doubled_word", "信息信息"),
        ("doubled_number", "（二）"),
        *(("fill", name) for name in ("责任股室", "责任人", "签发.签发人", "签发.时间")),
        *(("fill", f"保密审查.{name}") for name in ("审查人", "时间", "结果")),
    }
    for decision in TIDIED.decisions:
        assert decision.given.rpartition(".")[2] in lines[decision.line - 1]
        for lang in ("zh", "en"):
            assert str(decision.line) in decision.text(lang)
            assert decision.given in decision.text(lang)
    assert [decision.line for decision in TIDIED.decisions] == sorted(decision.line for decision in TIDIED.decisions)


def test_it_is_a_notice_once_a_person_has_filled_in_the_rest(tmp_path: Path) -> None:
    bureau = office(name="高新区组织人事和劳动保障局")
    filled = [
        f"{name}: {FILLED[name]}" if (name := line.partition(":")[0]) in FILLED and line.endswith("# 必填") else line
        for line in TIDIED.text.split("\n")
    ]
    file = raw(tmp_path, "\n".join(filled).encode())
    assert {problem.field for problem in problems(file)} == {"发文机关"}
    from notices.document import read

    content = read(file, offices=[bureau], public_channels=["website"]).content
    assert content.kind == "t12"
    assert content.fields == {"year": "2013"}
    assert content.issued_on.isoformat() == "2014-02-13"
    assert content.summary.startswith("一年来，我局紧紧围绕")


def test_what_is_left_empty_is_asked_for(tmp_path: Path) -> None:
    missing = {problem.field for problem in problems(raw(tmp_path, TIDIED.text.encode())) if problem.key == "missing"}
    assert missing == {
        "责任股室",
        "责任人",
        "签发.签发人",
        "签发.时间",
        "保密审查.审查人",
        "保密审查.时间",
        "保密审查.结果",
    }


def test_tidying_twice_changes_nothing_more() -> None:
    for line in BODY.split("\n"):
        assert clean(line) == line


@given(st.text(st.sampled_from("区(qū)，,、。;()（）著手本 9a"), max_size=30))
def test_cleaning_is_done_at_once_and_keeps_the_characters(line: str) -> None:
    once = clean(line)
    assert han(once).replace("着", "著") == han(line)
    assert re.findall(r"\d", once) == re.findall(r"\d", line)


def test_nothing_at_all_is_nothing() -> None:
    assert tidy(" \n\n").text == ""
