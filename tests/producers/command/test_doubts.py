"""What an author is asked to look at once more, of a consultation: its last day."""

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
