"""Quarters: no day of a year is in two of them or in none; and what is counted in one."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI, wall
from notices.quarter import Act, Figures, Heard, Quarter, Said, Term, figures, quarter_in, quarter_of

AN_INSTANT = timedelta(microseconds=1)
INSTANTS = st.datetimes(datetime(2008, 1, 1), datetime(2098, 12, 31), timezones=st.just(UTC))
Q3 = Quarter(2026, 3)
LATER = datetime(2026, 10, 1, 0, 5, tzinfo=SHANGHAI)


@given(INSTANTS)
def test_each_instant_is_in_one_quarter_that_others_touch_without_a_gap(instant: datetime) -> None:
    one = quarter_of(instant)
    assert one.begins_at <= instant < one.ends_at
    assert quarter_of(one.begins_at) == one == quarter_of(one.ends_at - AN_INSTANT)
    assert quarter_of(one.ends_at) == one.next
    assert quarter_of(one.begins_at - AN_INSTANT) == one.previous
    assert (one.next.previous, one.previous.next) == (one, one)
    assert quarter_in(str(one)) == one
    assert wall(instant).month in range(3 * one.number - 2, 3 * one.number + 1)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        ("2026-01-01", "2026Q1"),
        ("2026-03-31", "2026Q1"),
        ("2026-04-01", "2026Q2"),
        ("2026-06-30", "2026Q2"),
        ("2026-07-01", "2026Q3"),
        ("2026-09-30", "2026Q3"),
        ("2026-10-01", "2026Q4"),
        ("2026-12-31", "2026Q4"),
        ("2027-01-01", "2027Q1"),
    ],
)
def test_a_day_is_in_the_quarter_it_has_here(day: str, quarter: str) -> None:
    assert str(quarter_of(datetime.fromisoformat(f"{day}T00:00:00+08:00"))) == quarter


@pytest.mark.parametrize(
    "text", ["", "2026", "2026Q0", "2026Q5", "Q3", "2026-Q3", "2006Q4", "2100Q1", "２０２６Q3", "2026Q33"]
)
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026Q3"):
        quarter_in(text)


def at(day: str) -> datetime:
    """Its first instant here."""
    return datetime.fromisoformat(f"{day}T00:00:00+08:00")


def term(known: str, ends: str | None, done: str | None = None, *, fell: bool = False, by: str | None = None) -> Term:
    """One of a section ``a``."""
    return Term("a", at(known), at(ends) if ends else None, at(done) if done else None, fell, by)


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (term("2026-07-02", "2026-08-01", "2026-07-20"), {"met": 1}),
        (term("2026-07-02", "2026-08-01", "2026-08-01"), {"met": 1, "met_late": 1}),  # its last day was over
        (term("2026-07-02", "2026-12-01", "2026-07-20"), {"met": 1}),
        (term("2026-03-02", "2026-04-01", "2026-07-01"), {"met": 1, "met_late": 1}),
        (term("2026-03-02", "2026-04-01", "2026-06-30"), {}),  # in the quarter before
        (term("2026-07-02", "2026-08-01", "2026-07-20", fell=True), {}),
        (term("2026-07-02", "2026-12-01"), {"open": 1}),
        (term("2026-07-02", "2026-10-01"), {"open": 1, "overdue": 1}),  # 30 September was its last day
        (term("2026-07-02", "2026-10-02"), {"open": 1}),
        (term("2026-07-02", None), {"open": 1}),  # it stands still
        (term("2026-07-02", "2026-08-01", "2026-10-01"), {"open": 1, "overdue": 1}),  # met in the next
        (term("2026-07-02", "2026-08-01", "2026-10-01", fell=True), {"open": 1, "overdue": 1}),
        (term("2026-10-01", "2026-08-01"), {}),  # nobody knew of it yet
    ],
)
def test_a_duty_is_counted_where_it_was_met_or_while_it_is_open(one: Term, counted: dict[str, int]) -> None:
    found = figures(Q3, [], [one], [], at("2027-05-01"))
    assert found == ({"a": Figures(**counted)} if counted else {})


def test_notices_and_comments_are_counted_by_the_section_and_late_ones_by_their_own_release() -> None:
    said = [
        Said("a", Act.RELEASED, "x.1", at("2026-07-01")),
        Said("a", Act.RELEASED, "y.1", at("2026-09-30")),
        Said("b", Act.CORRECTED, "x.2", at("2026-08-01")),
        Said("b", Act.WITHDRAWN, "x.3", at("2026-08-02")),
        Said("a", Act.RELEASED, "w.1", at("2026-06-30")),
        Said("a", Act.RELEASED, "z.1", at("2026-10-01")),
    ]
    late = [  # two of one release: it is late once; the correction's and the one of the quarter before are none of it
        term("2026-07-01", "2026-06-01", "2026-07-01", by="x.1"),
        term("2026-07-01", "2026-05-01", "2026-07-01", by="x.1"),
        term("2026-08-01", "2026-06-01", "2026-08-01", by="x.2"),
        term("2026-09-30", "2026-10-30", "2026-09-30", by="y.1"),
    ]
    heard = [
        Heard("b", at("2026-07-01"), is_answered=True),
        Heard("b", at("2026-09-30"), is_answered=False),
        Heard("b", at("2026-10-01"), is_answered=True),
    ]
    assert figures(Q3, said, late, heard, LATER) == {
        "a": Figures(published=2, published_late=1, met=4, met_late=3),
        "b": Figures(corrected=1, withdrawn=1, received=2, answered=1),
    }


def test_a_quarter_that_is_not_over_ends_now() -> None:
    terms = [term("2026-07-02", "2026-08-01"), term("2026-07-02", "2026-09-01"), term("2026-08-20", "2026-08-30")]
    said = [Said("a", Act.RELEASED, "x.1", at("2026-08-09")), Said("a", Act.RELEASED, "y.1", at("2026-08-10"))]
    assert figures(Q3, said, terms, [], at("2026-08-10")) == {"a": Figures(published=1, open=2, overdue=1)}


@pytest.mark.parametrize("name", asdict(Figures()))
def test_that_a_duty_is_open_and_not_late_is_no_news(name: str) -> None:
    assert Figures(**{name: 1}).is_told is (name != "open")
    assert not Figures().is_told
