"""What is looked over by the half-year or year: from which day on, and what is wrong in a file of it."""

from datetime import datetime

import pytest

from config.clock import SHANGHAI
from notices.looks import Every, begun_at, looks, looks_in

ROW = '[[look]]\nid = "a"\nabout = "指南"\nevery = "year"\nterm = "look-over"\nsource = "条例"\n'


@pytest.mark.parametrize(
    ("every", "day", "begun"),
    [
        (Every.HALF_YEAR, (2026, 6, 30), (2026, 1, 1)),
        (Every.HALF_YEAR, (2026, 7, 1), (2026, 7, 1)),
        (Every.HALF_YEAR, (2026, 12, 31), (2026, 7, 1)),
        (Every.YEAR, (2026, 12, 31), (2026, 1, 1)),
    ],
)
def test_it_begins_with_the_first_day(every: Every, day: tuple[int, int, int], begun: tuple[int, int, int]) -> None:
    assert begun_at(every, datetime(*day, 12, tzinfo=SHANGHAI)) == datetime(*begun, tzinfo=SHANGHAI)


def test_a_row_says_why_it_is_owed() -> None:
    (one,) = looks_in(ROW)
    assert (one.rule.id, one.rule.source) == ("look-over", "条例")
    assert all(one.rule.source for one in looks())


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        (ROW + ROW, "2 .a.: the id is taken"),
        (ROW.replace("look-over", "soon"), "unknown soon"),
        (ROW.replace('"year"', '"week"'), "week"),
        (ROW.replace("about", "what"), "about、what"),
    ],
)
def test_a_slip_is_told_with_its_row(toml: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"config/looks.toml, row .*{why}"):
        looks_in(toml)
