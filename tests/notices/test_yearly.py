"""What must stand in a column once a year: which notice meets it, whatever was corrected or taken back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from config.clock import SHANGHAI
from notices.owed import End, Own
from notices.yearly import begins_at, met, year_of, yearlies
from tests.factories import version

T0 = datetime(2027, 1, 12, 9, tzinfo=SHANGHAI)


def said(of: str, number: int, year: str, *, after: int = 0, withdrawn: bool = False) -> Own:
    """A message of a report on that year."""
    text = version(notice=of, number=number, kind="t12", fields={"year": year})
    return Own(f"{of}.{number}", T0 + timedelta(days=after), text, withdrawn)


def ended(message: str, after: int) -> End:
    """It was met by that message."""
    return End("met", message, T0 + timedelta(days=after))


@pytest.mark.parametrize(
    ("notices", "end"),
    [
        ([], None),
        ([[said("a", 1, "2025")]], None),  # of another year
        ([[said("a", 1, "2026")]], ended("a.1", 0)),
        ([[said("a", 1, "2026"), said("a", 2, "2026", after=3)]], ended("a.1", 0)),
        ([[said("a", 1, "2025"), said("a", 2, "2026", after=3)]], ended("a.2", 3)),  # a slip that was corrected
        ([[said("a", 1, "2026"), said("a", 2, "2026", after=3, withdrawn=True)]], None),
        ([[said("a", 1, "2026", after=2)], [said("b", 1, "2026", after=1)]], ended("b.1", 1)),
        (
            [[said("a", 1, "2026"), said("a", 2, "2026", after=3, withdrawn=True)], [said("b", 1, "2026", after=5)]],
            ended("b.1", 5),
        ),
    ],
)
def test_the_first_report_on_the_year_before_that_stands_meets_it(
    notices: Sequence[list[Own]], end: End | None
) -> None:
    assert met(2027, notices) == end


def test_the_column_of_annual_reports_is_the_one() -> None:
    (one,) = yearlies()
    assert (one.column, one.kinds, one.rule.id, one.about(2027)) == (
        "report",
        ("t12",),
        "annual-report",
        "2026年度政府信息公开年报",
    )
    assert year_of(begins_at(2027)) == 2027
