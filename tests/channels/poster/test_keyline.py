"""Key lines: an author's words, cut at their one figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.poster.keyline import KeyLine, keyline, split


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("上限22350元", KeyLine("上限", "22350元")),
        ("差额10月30日前补缴", KeyLine("差额", "10月30日", "前补缴")),
        ("缴费期1.1—12.25", KeyLine("缴费期", "1.1—12.25")),
        ("报名12.1 9:00—12.7 17:00", KeyLine("报名", "12.1 9:00—12.7 17:00")),
        ("12档任选 多缴多补", KeyLine("", "12档", "任选 多缴多补")),
        ("5个工作日办结", KeyLine("", "5个工作日", "办结")),
        ("按时办结率100%", KeyLine("按时办结率", "100%")),
        ("监督电话0800-8123457", KeyLine("监督电话", "0800-8123457")),
        ("养老金不受影响", KeyLine("养老金不受影响")),
        ("受理186 办结181", KeyLine("受理186 办结181")),  # two figures: which one would be large?
    ],
)
def test_the_figure_is_found(text: str, line: KeyLine) -> None:
    assert keyline(text) == line


@given(st.text("上限元月日年12.：:—- 至件", max_size=16))
def test_nothing_is_lost(text: str) -> None:
    assert keyline(text).text.replace(" ", "") == text.replace(" ", "")


def test_lines_are_parted_by_bars_arrows_and_ends_of_lines() -> None:
    assert split("甲｜乙 | 丙\n丁→戊；") == ("甲", "乙", "丙", "丁", "戊")
