"""Headlines break by meaning, and only where they may."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.press.headline import FULL, LINES, broken, lines_needed, width, wrapped
from channels.press.press import press

CLOSING = "，。、；：？！）》」』”’"
OPENING = "（《「『“‘"


@pytest.mark.parametrize(
    ("headline", "lines"),
    [
        ("窗口暂停服务", ("窗口暂停服务",)),
        ("2026社保缴费基数有变化", ("2026社保", "缴费基数有变化")),
        ("居民养老保险 早参保 早安心", ("居民养老保险", "早参保 早安心")),
        ("公开招聘社区工作者40名", ("公开招聘", "社区工作者40名")),
        ("您提的意见，这样处理了", ("您提的意见，", "这样处理了")),
        ("就业困难人员认定 三个新变化", ("就业困难人员认定", "三个新变化")),
    ],
)
def test_real_headlines(headline: str, lines: tuple[str, ...]) -> None:
    assert broken(press().cut([headline])[0], ["社区工作者", "公开招聘", "缴费基数"]) == lines


def test_a_date_stays_whole() -> None:
    words = press().cut(["云岭高新区人社局11月16日至11月20日行政审批和公共服务事项办结情况"])[0]
    assert not any(line.endswith(("11月", "至")) or line.startswith(("日", "20")) for line in wrapped(words, (), 30))


WORDS = st.lists(
    st.sampled_from(
        [
            "社会保险",
            "缴费",
            "的",
            "2026",
            "年度",
            "（",
            "第",
            "1",
            "号",
            "）",
            "，",
            "《",
            "办法",
            "》",
            " ",
            "公告",
            "名",
        ]
    ),
    min_size=1,
    max_size=14,
).filter(lambda words: "".join(words).strip() != "")


@given(WORDS)
def test_lines_are_the_headline_and_break_nowhere_forbidden(words: list[str]) -> None:
    lines = broken(words)
    whole = "".join(words)
    if lines is None:
        assert width(whole) > FULL
        return
    assert len(lines) <= LINES
    assert max(map(width, lines)) <= FULL
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "")
    for before, after in pairwise(lines):
        assert after[0] not in CLOSING
        assert before[-1] not in OPENING
        assert not (before[-1].isdigit() and after[0] in "年名号")


def test_what_three_lines_cannot_hold_is_refused_with_their_number() -> None:
    headline = "关于" * 20
    assert broken(["关于"] * 20) is None
    assert lines_needed(headline) == 4
    assert lines_needed(headline * 2) == 8
