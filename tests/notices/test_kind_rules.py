"""What the fields of one notice must keep among themselves: each sample, with one value that cannot be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from notices.document import read
from notices.personal import identity_numbers
from notices.problem import FileRefused, Problem
from notices.samples import lay_out
from tests.factories import office
from tests.notices.files import PUBLIC, draft, written
from tests.source import ROOT

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PERSON, MASKED = "530102199003070040", "53*************040"  # made up, with a right check digit


def refused(folder: Path, sample: str, old: str, new: str) -> list[Problem]:
    """What is wrong with a sample after one change."""
    file = next(one for one in lay_out(ROOT / "samples", folder, NOW) if one.stem.startswith(sample))
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(FileRefused) as caught:
        read(file, offices=[office()], public_channels=PUBLIC)
    assert all(one.file == str(file) for one in caught.value.problems)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("sample", "old", "new", "key", "field", "allowed"),
    [
        ("t01", "基数下限: 4470元", "基数下限: 44700元", "rising", "基数下限", "22350"),
        ("t01", "原基数下限: 4296元", "原基数下限: 42960元", "rising", "原基数下限", "21480"),
        ("t01", "下限比例: 60%", "下限比例: 360%", "rising", "下限比例", "300"),
        ("t02", "最低档: 200元", "最低档: 20000元", "rising", "最低档", "5000"),
        ("t04", "公示人数: 10人", "公示人数: 11人", "count", "公示人数", "10"),
        ("t04", "公示工作日数: 7", "公示工作日数: 17", "span_at_most", "公示工作日数", "9"),
        ("t05", "办结件数: 181", "办结件数: 188", "rising_unless", "办结件数", "结转说明"),
        ("t06b", "征求意见天数: 30日", "征求意见天数: 31日", "span", "征求意见天数", "30"),
        ("t01", '失效日期: "2026-12-31"', '失效日期: "2025-12-31"', "order", "失效日期", "施行日期"),
        ("t14", '审查日期: "2026-10-27"', '审查日期: "2026-10-29"', "order", "集体讨论日期", "合法性审查日期"),
        ("t15", '后截止日: "2027-01-08"', '后截止日: "2026-12-24"', "order_days", "延长后截止日", "原截止日"),
        ("t15", '承诺日: "2027-02-04"', '承诺日: "2027-01-08"', "order_days", "反馈承诺日", "延长后截止日"),
        ("t15", '后截止日: "2027-01-08"', '后截止日: "2026-12-23"', "order", "延长后截止日", "原截止日"),
        ("t08", "节点: 承诺制申请上线", "节点: 办法印发施行", "cell_twice", "进展节点.节点", "办法印发施行"),
        ("t08", "状态: 进行中", "状态: 快了", "cell_choice", "进展节点.状态", "快了"),
        ("t08", "2026年12月10日", "12月10日", "cell_date", "进展节点.计划完成日", "12月10日"),
        ("t08", ", 状态: 进行中", "", "cell_missing", "进展节点.状态", "3"),
        ("t05", '"2026年11月19日"', '"11月19日"', "cell_date", "办结明细.实际办结日", "11月19日"),
        ("t05", '受理编号: "2611160007"', '受理编号: ""', "cell_missing", "办结明细.受理编号", "1"),
        ("t12", "总结年度:", "失效日期: 2026-11-15\n总结年度:", "order", "失效日期", "成文日期"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_line(
    tmp_path: Path, sample: str, old: str, new: str, key: str, field: str, allowed: str
) -> None:
    found = [one for one in refused(tmp_path, sample, old, new) if one.key == key]
    assert field in {one.field for one in found}
    for one in found:
        assert Path(one.file).read_text("utf-8").splitlines()[one.line - 1].startswith(one.field.partition(".")[0])
        assert one.fix("en")
    assert any(allowed in one.text("zh") for one in found)


def test_more_cases_may_be_completed_than_taken_in_when_it_is_said_why(tmp_path: Path) -> None:
    file = next(one for one in lay_out(ROOT / "samples", tmp_path, NOW) if one.stem.startswith("t05"))
    text = file.read_text("utf-8").replace("办结件数: 181\n", "办结件数: 188\n结转说明: 上期结转7件\n")
    file.write_text(text, "utf-8")
    assert read(file, offices=[office()], public_channels=PUBLIC).content.fields["carried_over"] == "上期结转7件"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"身份证号{PERSON}，", [MASKED]),
        ("５３０１０２１９９００３０７００４０", [MASKED]),
        ("530102 19900307 0040", [MASKED]),
        ("11010519491231002x", ["11*************02X"]),
        ("530102199003070047", []),  # the check digit
        ("530102199013070040", []),  # no such month
        ("930102199003070040", []),  # no such region
        ("2611160007530102199003070040", []),
        ("91530100MB1A2B3C4D", []),
        (MASKED, []),
    ],
)
def test_an_identity_number_is_known_and_masked(text: str, found: list[str]) -> None:
    assert identity_numbers(text) == found


@pytest.mark.parametrize(
    ("changes", "body", "field", "start"),
    [
        ({}, f"更正如下。\n\n- 甲{PERSON}\n", "正文", "- 甲"),
        ({"影响说明": f'"{PERSON}"'}, "更正如下。\n", "影响说明", "影响说明"),
        ({"标题": f"关于{PERSON}的更正公告"}, "更正如下。\n", "标题", "标题"),
        ({"更正内容": f"\n  - 位置: 甲\n    原文: '{PERSON}'\n    更正为: 无"}, "更正如下。\n", "更正内容", "    原文"),
        ({"渠道用语": f"\n  poster:\n    标题: '甲{PERSON}'"}, f"甲{MASKED}\n", "渠道用语", "    标题"),
    ],
)
def test_an_identity_number_goes_nowhere_that_is_open_to_all(
    tmp_path: Path, changes: dict[str, str | None], body: str, field: str, start: str
) -> None:
    file = written(tmp_path, changes, body)
    with pytest.raises(FileRefused) as caught:
        draft(file)
    (problem,) = [one for one in caught.value.problems if one.key == "identity_number"]
    assert problem.field == field
    assert file.read_text("utf-8").splitlines()[problem.line - 1].startswith(start)
    assert PERSON not in problem.text("zh")
    assert MASKED in problem.fix("en")


def test_what_only_the_office_reads_may_name_a_person(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"公开范围": "本单位", "渠道": "[webhook]"}
    assert draft(written(tmp_path, changes, f"甲{PERSON}\n"))
