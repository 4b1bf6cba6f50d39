"""What an author is asked to look at once more: a consultation's last day, a digest that a list does not show whole."""

from datetime import datetime

import pytest

from config.clock import SHANGHAI
from notices.document import Draft
from producers.command.doubts import Doubt, doubts
from tests.journeys.town import Town
from tests.producers.papers import consultation, paper


@pytest.mark.parametrize(
    ("days", "until"),
    [
        (32, None),  # Friday 25 December, counted from the 23rd of November
        (33, "2026年12月28日"),  # a Saturday
        (34, "2026年12月28日"),  # a Sunday
        (35, None),
        (39, "2027年1月4日"),  # New Year's Day, before a weekend
    ],
)
def test_a_window_that_ends_on_a_day_off_is_told_the_working_day_after_it(
    town: Town, days: int, until: str | None
) -> None:
    found = of_the_last_day(town, consultation(town, 1, days - 1))
    assert [one.expected for one in found] == ([until] if until else [])
    assert all(until and until in one.text and "第二百零三条" in one.text for one in found)
    assert all(one.line for one in found)


def test_so_does_an_extension_and_nothing_else(town: Town) -> None:
    town.clock.set(datetime(2026, 12, 1, 9, tzinfo=SHANGHAI))
    dates = {"原截止日": "2026-12-24", "延长后截止日": "2027-01-09", "反馈承诺日": "2027-02-28", "渠道用语": ""}
    assert [one.expected for one in of_the_last_day(town, paper(town, "t15", **dates))] == ["2027年1月11日"]
    assert of_the_last_day(town, paper(town, "t07")) == []


def of_the_last_day(town: Town, draft: Draft) -> list[Doubt]:
    """Those that are about the day itself, and not about how the body writes it."""
    return [one for one in doubts(town.house, draft) if not one.near and "休息日" in one.text]


@pytest.mark.parametrize(("length", "warned"), [(120, False), (121, True), (128, True), (129, False)])
def test_a_digest_of_the_account_that_is_taken_and_too_long_for_a_list_is_told(
    town: Town, length: int, *, warned: bool
) -> None:
    """One of 129 is refused, with what to do: nobody need be warned of it."""
    long, short = "摘" * length, "摘要"
    for summary, wording, field in (
        (long, "", "summary"),
        (short, f"{{公众号: {{标题: 采纳情况, 摘要: {long}}}}}", "wording"),
    ):
        draft = paper(town, "t07", 渠道="[website, wechat]", 内容概述=summary, 渠道用语=wording)
        found = [one for one in doubts(town.house, draft) if one.figure == str(length)]
        assert [(one.field, one.expected) for one in found] == ([(field, "120")] if warned else [])
        assert all(one.line and "公众号摘要字数" in one.text and "128" in one.text for one in found)


def test_a_digest_of_its_own_makes_a_long_summary_no_matter_and_elsewhere_it_is_none(town: Town) -> None:
    own = "{公众号: {标题: 采纳情况, 摘要: 摘要}}"
    for channels, wording in (("[website, wechat]", own), ("[website]", "")):
        draft = paper(town, "t07", 渠道=channels, 内容概述="摘" * 125, 渠道用语=wording)
        assert [one for one in doubts(town.house, draft) if one.figure == "125"] == []
