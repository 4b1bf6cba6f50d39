"""What staff write, read as what a field takes; every listed form of a fact that is a full one reads back."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from config.kinds import Field
from notices.facts import FactType, forms
from notices.problem import Wrong
from notices.values import Value, day, instant, typed


def field(type_: str, **more: object) -> Field:
    return Field("f", type_, "项", "F", "", **more)  # type: ignore[arg-type]  # a test's few words


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("date", "2026-11-23", "2026-11-23"),
        ("date", "2026年11月3日", "2026-11-03"),
        ("date", "２０２６年１１月３日", "2026-11-03"),
        ("date", "2026/1/3", "2026-01-03"),
        ("date", "2026.01.03", "2026-01-03"),
        ("time", "2026-11-23 09:00", "2026-11-23T09:00:00+08:00"),
        ("time", "2026年11月23日9时", "2026-11-23T09:00:00+08:00"),
        ("time", "2026年11月23日 8时40分", "2026-11-23T08:40:00+08:00"),
        ("time", "2026-11-23T01:00Z", "2026-11-23T09:00:00+08:00"),
        ("time", "2026-11-23 9：05", "2026-11-23T09:05:00+08:00"),
        ("amount", "22350", "22350"),
        ("amount", "22,350.50元", "22350.5"),
        ("amount", "￥22，350", "22350"),
        ("amount", "2.235万元", "22350"),
        ("amount", "1.2亿元", "120000000"),
        ("percent", "85%", "85"),
        ("percent", "99.50％", "99.5"),
        ("phone", "0800-8123456", "0800-8123456"),
        ("phone", "（0800）8123456", "0800-8123456"),
        ("phone", "08008123456", "0800-8123456"),
        ("phone", "400 800 1234", "400-800-1234"),
        ("phone", "12333", "12333"),
        ("document_number", "云人社发〔2026〕21号", "云人社发〔2026〕21号"),
        ("document_number", "国务院令第711号", "国务院令第711号"),
    ],
)
def test_values_are_read(type_: str, text: str, value: str) -> None:
    assert typed(field(type_), text).text == value


@pytest.mark.parametrize(
    ("type_", "text", "key"),
    [
        ("date", "11月23日", "date"),
        ("date", "2026-11-23 09:00", "date"),
        ("date", "2026-02-30", "no_such_date"),
        ("date", "0026-02-03", "no_such_date"),
        ("time", "2026-11-23", "time"),
        ("time", "2026-11-23 24:00", "no_such_time"),
        ("time", "2026-11-23 09:60", "no_such_time"),
        ("amount", "两万元", "amount"),
        ("amount", "22350美元", "amount"),
        ("amount", "22,35元", "amount"),
        ("amount", "1.234元", "amount_bounds"),
        ("amount", "9" * 16, "amount_bounds"),
        ("percent", "0.85", "percent"),
        ("percent", "85个百分点", "percent"),
        ("phone", "8123456", "phone_local"),
        ("phone", "0XXX-8123456", "phone"),
        ("phone", "12", "phone"),
        ("document_number", "云人社发[2026]21号", "document_number_brackets"),
        ("document_number", "云人社发【2026】21", "document_number_brackets"),
        ("document_number", "21号", "document_number"),
    ],
)
def test_what_is_wrong_is_told(type_: str, text: str, key: str) -> None:
    with pytest.raises(Wrong) as wrong:
        typed(field(type_), text)
    assert wrong.value.key == key


def test_the_right_document_number_is_proposed() -> None:
    with pytest.raises(Wrong) as wrong:
        typed(field("document_number"), "云人社发（2026）第21号")
    assert wrong.value.values["right"] == "云人社发〔2026〕21号"


def test_units_of_numbers() -> None:
    assert typed(field("number", unit="名"), "40名") == typed(field("number", unit="名"), "40") == Value("40", "名")
    assert typed(field("number"), "128人") == Value("128", "人")
    with pytest.raises(Wrong, match="unit"):
        typed(field("number", unit="名"), "40件")


DAYS = st.dates(date(1949, 1, 1), date(2199, 12, 31))


@given(DAYS)
def test_full_dates_read_back(on: date) -> None:
    full = [form for form in forms(FactType.DATE, on.isoformat()) if str(on.year) in form and len(form) >= 8]
    assert len(full) >= 5
    for form in full:
        if not form.endswith("月"):
            assert day(form) == on


@given(st.datetimes(datetime(1992, 1, 1), datetime(2199, 12, 31)))
def test_instants_read_back(naive: datetime) -> None:
    at = naive.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    usual = forms(FactType.TIME, at.isoformat())
    assert instant(usual[0]) == at
    assert instant(at.strftime("%Y-%m-%d %H:%M")) == at


@given(st.decimals(0, 10**14, places=2))
def test_amounts_read_back(yuan: Decimal) -> None:
    value = typed(field("amount"), str(yuan)).text
    for form in forms(FactType.AMOUNT, value):
        if form[0].isascii() or form[0] in "¥￥":
            assert typed(field("amount"), form).text == value


@given(
    st.text(max_size=30), st.sampled_from(["date", "time", "amount", "number", "percent", "phone", "document_number"])
)
def test_anything_is_a_value_that_can_be_written_or_wrong(text: str, type_: str) -> None:
    with suppress(Wrong):
        value = typed(field(type_), text)
        assert forms(FactType(type_), value.text, value.unit)
