"""Figures of a text: every way of writing one value has one key, and no digit changes unseen."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from notices.facts import FactType, forms
from notices.figures import figures
from notices.numerals import ALL, spoken, value_of, written


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (
            "2026-12-01T09:00:00+08:00 2026-12-01T01:00Z 2026-13-01T01:00Z",
            ["2026-12-1 09:00"] * 2 + ["2026-13-01T01:00Z"],
        ),
        ("上限22,350元、２２３５０元、2.235万元，两万两千三百五十元", ["22350"] * 4),
        ("2026年10月30日，2026-10-30，2026.10.30，二〇二六年十月三十日", ["2026-10-30"] * 4),
        ("10月30日 十月三十日 2026年10月 10月", ["10-30", "10-30", "2026-10", "10月"]),
        ("12月1日9:00至7日17:00，下午五点，下午5:00", ["12-1", "09:00", "7日", "17:00", "17:00", "17:00"]),
        ("8时40分、8 时 40 分、八点四十分、9点、九点半、48小时", ["08:40"] * 3 + ["09:00", "09:30", "48"]),
        ("85%、８５％、85 %、百分之八十五、99.5%", ["85%", "85%", "85%", "85%", "99.5%"]),
        ("0800-8123456，8123456，幺二三三三", ["0800-8123456", "8123456", "12333"]),
        ("云人社发〔2026〕21号、国令第711号", ["〔2026〕21号", "711"]),
        ("岗位A03 编号D/2024-00016", ["A03", "2024", "00016"]),
        ("三个变化 二十条 五个工作日 2.3个工作日 三十日", ["3", "20", "5", "2.3", "30日"]),
        ("2026年度第3期 1月起 1.1—12.25", ["2026", "3", "1月", "1.1", "12.25"]),
        ("一步一个脚印，千万不要万一，同一类，第一条", []),
        ("", []),
    ],
)
def test_keys(text: str, keys: list[str]) -> None:
    assert [figure.key for figure in figures(text)] == keys


def test_positions_are_of_the_text_as_given() -> None:
    text = "基数 ２２３５０元，于 10月30日 前"
    for figure in figures(text):
        assert text[figure.position :].startswith(("２２３５０元", "10月30日"))
    assert [(figure.text, figure.unit) for figure in figures(text)] == [("22350元", "元"), ("10月30日", "")]


@given(st.integers(0, 10**12 - 1))
def test_chinese_numerals_read_back(number: int) -> None:
    assert value_of(written(number)) == str(number)
    assert value_of(spoken(number)) == str(number)


@given(st.text(ALL, max_size=30))
def test_any_row_of_numerals_is_a_number_or_none(text: str) -> None:
    value = value_of(text)
    assert value is None or value.isdigit()


FACTS = st.one_of(
    st.dates(date(1949, 1, 1), date(2199, 12, 31)).map(lambda on: (FactType.DATE, on.isoformat(), "")),
    st.datetimes(datetime(1992, 1, 1), datetime(2199, 12, 31)).map(
        lambda at: (FactType.TIME, at.replace(second=0, microsecond=0, tzinfo=SHANGHAI).isoformat(), "")
    ),
    st.decimals(1, 10**10, places=2).map(lambda yuan: (FactType.AMOUNT, str(yuan.normalize() + 0), "元")),
    st.tuples(
        st.integers(1, 10**7) | st.decimals(Decimal("0.1"), 1000, places=1),
        st.sampled_from(["名", "件", "个工作日", "号"]),
    ).map(lambda pair: (FactType.NUMBER, f"{pair[0]:f}", pair[1])),
    st.integers(1950, 2199).map(lambda year: (FactType.NUMBER, str(year), "年")),
    st.integers(0, 1000).map(lambda percent: (FactType.PERCENT, str(percent), "")),
    st.tuples(st.integers(10, 999), st.integers(10**6, 10**8 - 1)).map(
        lambda pair: (FactType.PHONE, f"0{pair[0]}-{pair[1]}", "")
    ),
    st.integers(10000, 19999).map(lambda short: (FactType.PHONE, str(short), "")),
    st.tuples(st.integers(1990, 2100), st.integers(1, 9999)).map(
        lambda pair: (FactType.DOCUMENT_NUMBER, f"云人社发〔{pair[0]}〕{pair[1]}号", "")
    ),
)
DIGITS = "0123456789"
NUMERALS = "一二三四五六七八九幺两零〇"


def test_a_digit_too_many_is_not_passed_over() -> None:
    read, written_right = ({figure.key for figure in figures(f"自{number}名起")} for number in ("三百一一", "三百零一"))
    assert read
    assert not read & written_right


@given(FACTS, st.data())
def test_changing_a_digit_of_a_form_is_seen(fact: tuple[FactType, str, str], data: st.DataObject) -> None:
    """A text made of one fact: whichever of its digits is changed, what results is no form of the fact."""
    listed = forms(*fact)
    known = {figure.key for form in listed for figure in figures(form)}
    form = data.draw(st.sampled_from(listed))
    text = f"自{form}起"
    assert {figure.key for figure in figures(text)} <= known
    places = [at for at, char in enumerate(text) if char in DIGITS or char in NUMERALS]
    assume(places)  # 十 has no digit
    at = data.draw(st.sampled_from(places))
    alphabet = DIGITS if text[at] in DIGITS else NUMERALS
    others = [char for char in alphabet if (value_of(char) or char) != (value_of(text[at]) or text[at])]
    changed = text[:at] + data.draw(st.sampled_from(others)) + text[at + 1 :]
    assume(changed[1:-1] not in listed)
    keys = [figure.key for figure in figures(changed)]
    assert not set(keys) <= known, (form, changed, keys)


@given(st.text(max_size=80))
def test_any_text_has_its_figures_where_it_says(text: str) -> None:
    wide = text.translate(str.maketrans("０１２３４５６７８９．％：", "0123456789.%:"))
    before = -1
    for figure in figures(text):
        assert figure.position > before
        assert wide.startswith(figure.text, figure.position)
        before = figure.position


@given(st.text(max_size=20).filter(lambda text: not text[-1:].isalnum()), st.integers(0, 10**9), st.text(max_size=20))
def test_no_arabic_number_is_overlooked(before: str, number: int, behind: str) -> None:
    text = f"{before}{number}{behind}"
    covered = [range(figure.position, figure.position + len(figure.text)) for figure in figures(text)]
    assert any(len(before) in span for span in covered)
