"""What fills a blank: an approved form of the fact, as the vendors' rules for variables take it."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.blanks import ALLOWED, Blank, Form
from channels.sms.registration import Syntax
from config.clock import SHANGHAI
from config.kinds import FACT_TYPES
from notices.facts import FactType
from notices.notice import Version
from sandbox.sms.variables import ATTRIBUTES, check
from tests import factories
from tests.channels.sms.outlets import at_vendor

DATES = st.dates(date(1949, 1, 1), date(2199, 12, 31))
TIMES = st.datetimes(datetime(1949, 1, 1), datetime(2199, 12, 31)).map(lambda at: at.replace(tzinfo=SHANGHAI))
AMOUNTS = st.decimals(0, 10**12, places=2)
NUMBERS = st.decimals(0, 10**6, places=1)


def version(type_: FactType, value: str, unit: str = "") -> Version:
    """A version with one fact."""
    return factories.version(facts=(factories.fact("given", "要素", type_, value, unit),))


def filled(blank: Blank, said: Version) -> str:
    """What fills ``blank``, taken by 阿里云's rules for its attribute."""
    value = blank.value(said)
    template = at_vendor(f"字${{{blank.key}}}字", Syntax.NAMED, {blank.key: blank.attribute})
    check(template, {blank.key: value})
    assert blank.attribute in ATTRIBUTES
    return value


@pytest.mark.parametrize(
    ("type_", "value", "unit", "form", "written"),
    [
        ("date", "2026-10-30", "", Form.USUAL, "10月30日"),
        ("date", "2026-10-30", "", Form.MONTH, "10"),
        ("date", "2026-03-05", "", Form.DAY, "5"),
        ("time", "2026-11-23T14:00:00+08:00", "", Form.CLOCK, "14时"),
        ("time", "2026-11-23T14:05:00+08:00", "", Form.CLOCK, "14时5分"),
        ("time", "2026-11-23T18:30:00+00:00", "", Form.DAY, "24"),
        ("amount", "22350", "元", Form.USUAL, "22350"),
        ("amount", "0.5", "元", Form.USUAL, "0.5"),
        ("percent", "99.5", "", Form.USUAL, "99.5"),
        ("number", "2026", "年", Form.USUAL, "2026"),
        ("number", "2.3", "个工作日", Form.USUAL, "2.3"),
        ("document_number", "云高人社发〔2026〕15号", "", Form.USUAL, "云高人社发〔2026〕15号"),
    ],
)
def test_how_each_is_written(type_: str, value: str, unit: str, form: Form, written: str) -> None:
    blank = Blank("given", type_, form, unit if type_ == "number" else "")
    assert filled(blank, version(FactType(type_), value, unit)) == written


def test_a_number_whose_unit_is_the_authors_keeps_it() -> None:
    assert filled(Blank("given", "number"), version(FactType.NUMBER, "128", "人")) == "128人"


@pytest.mark.parametrize("given_", ["一个要素", " 一个要素\n"])
def test_a_text_is_as_it_was_written_but_for_space_around_it(given_: str) -> None:
    said = factories.version(fields={"matter": given_})
    assert filled(Blank("matter", "text"), said) == "一个要素"


@pytest.mark.parametrize("fields", [{}, {"matter": None}, {"matter": ""}, {"matter": "  "}])
def test_nothing_fills_a_blank_with_nothing(fields: dict[str, str | None]) -> None:
    assert Blank("matter", "text").value(factories.version(fields=fields)) == ""
    assert Blank("given", "date").value(factories.version(facts=())) == ""


@given(DATES)
def test_dates_fit_the_shortest_variable(day: date) -> None:
    said = version(FactType.DATE, day.isoformat())
    whole, month, dom = (filled(Blank("given", "date", form), said) for form in (Form.USUAL, Form.MONTH, Form.DAY))
    assert whole == f"{month}月{dom}日"
    assert whole in said.facts[0].forms
    assert len(whole) <= 6


@given(TIMES)
def test_parts_of_an_instant_fit_the_shortest_variable(at: datetime) -> None:
    said = version(FactType.TIME, at.replace(second=0, microsecond=0).isoformat())
    month, day, clock = (filled(Blank("given", "time", form), said) for form in (Form.MONTH, Form.DAY, Form.CLOCK))
    assert f"{month}月{day}日{clock}" in said.facts[0].forms
    assert len(clock) <= 6


@given(AMOUNTS)
def test_amounts_are_plain_and_the_unit_stands_in_the_words(yuan: Decimal) -> None:
    said = version(FactType.AMOUNT, f"{yuan:f}", "元")
    assert f"{filled(Blank('given', 'amount'), said)}元" == said.facts[0].forms[0]


@given(NUMBERS, st.sampled_from(["条", "个工作日", "名"]))
def test_numbers_and_percents_leave_their_unit_to_the_words(number: Decimal, unit: str) -> None:
    counted, share = version(FactType.NUMBER, f"{number:f}", unit), version(FactType.PERCENT, f"{number:f}")
    assert f"{filled(Blank('given', 'number', unit=unit), counted)}{unit}" == counted.facts[0].forms[0]
    assert f"{filled(Blank('given', 'percent'), share)}%" == share.facts[0].forms[0]


def test_every_sort_of_fact_but_a_telephone_has_a_form() -> None:
    """A variable may hold no telephone number: it is a constant."""
    assert ALLOWED.keys() == FACT_TYPES - {"phone"} | {"text", "choice"}
