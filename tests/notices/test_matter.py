"""A matter decided from what was said of it: any papers, in any order, at any time of day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from notices.calendar.calendar import Calendar
from notices.matter import Acts, Matter, Obstacle, Word, begin_of, end_of, obstacle
from notices.notice import Version
from notices.occasions import Event, occasions
from notices.patience import AT_ONCE, Patience
from notices.steps import LATE, phase, steps
from tests.factories import version

DAY = date(2026, 11, 24)


@cache
def _base() -> dict[str, Any]:
    return version().model_dump()


def text(kind: str, number: int = 1, **fields: Any) -> Version:
    """A version of ``kind`` with these fields of its own."""
    return Version.model_validate({**_base(), "kind": kind, "number": number, "title": kind, "fields": fields})


def consultation(first: int, last: int, promised: int | None, number: int = 1, because: str = "") -> Version:
    """From and until these days after ``DAY``; ``because``: why it is shorter than the law wants."""
    days = {"open_from": DAY + timedelta(first), "open_to": DAY + timedelta(last)}
    if promised is not None:
        days["feedback_by"] = DAY + timedelta(promised)
    own = {"shorter_because": because} if because else {}
    return text("t06", number, dossier="JC", **{name: day.isoformat() for name, day in days.items()}, **own)


def word(notice: str, at: datetime, of: Version, withdrawn: str | None = None) -> Word:
    return Word(f"{notice}.{at:%Y%m%d%H%M%S%f}", notice, at, of, withdrawn)


def matter(*words: Word, acts: Acts | None = None, patience: Patience = AT_ONCE) -> Matter:
    return Matter("rsj", "JC", "办法", sorted(words, key=lambda one: one.at), acts or Acts(), patience)


instants = st.integers(0, 200 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=minutes)
)
spans = st.tuples(st.integers(-40, 40), st.integers(1, 60), st.integers(1, 40))


@st.composite
def papers(draw: st.DrawFn) -> list[Word]:
    """A consultation, corrections and extensions of it, feedback, a decision, reports, withdrawals: whatever comes."""
    first, length, promised = draw(spans)
    at = draw(instants)
    by = draw(st.sampled_from([None, first + length + promised]))
    reasons = st.sampled_from(["", "上级要求"])
    found = [word("a", at, consultation(first, first + length, by, because=draw(reasons)))]
    for number, later in enumerate(draw(st.lists(st.integers(-20, 60), max_size=2)), start=2):
        again = consultation(first, first + max(0, length + later), None, number, draw(reasons))
        found.append(word("a", at + timedelta(days=draw(st.integers(1, 60)), seconds=number), again))
    for name, kind in enumerate(draw(st.lists(st.sampled_from(["t07", "t10", "t14", "t15", "t08"]), max_size=5))):
        fields: dict[str, Any] = {"dossier": "JC"}
        if kind == "t15":
            fields |= {"open_to": (DAY + timedelta(draw(st.integers(0, 150)))).isoformat(), "because": "研究"}
        if kind == "t08":
            fields |= {"next_on": (DAY + timedelta(draw(st.integers(0, 150)))).isoformat()}
        found.append(word(f"n{name}", draw(instants), text(kind, **fields)))
    if draw(st.booleans()):
        gone = draw(st.sampled_from(found))
        found.append(word(gone.notice, max(w.at for w in found) + timedelta(hours=1), gone.version, "有误"))
    return found


@given(papers())
def test_what_is_told_is_told_once_and_in_order(words: list[Word]) -> None:
    found = occasions(matter(*words))
    names = [(one.name, one.at) for one in found]
    assert len(set(names)) == len(names)
    assert [one.at for one in found] == sorted(one.at for one in found)


@given(papers())
def test_a_window_opens_before_it_nears_its_end_and_closes_after(words: list[Word]) -> None:
    found = matter(*words)
    window = found.window
    told = {one.event: one.at for one in occasions(found) if one.event in (Event.OPENED, Event.CLOSING, Event.CLOSED)}
    if window is None or Event.CLOSED not in told:
        assert told == {}
        return
    assert told[Event.OPENED] == window.opens_at < window.closes_at == told[Event.CLOSED]
    assert window.opens_at < told.get(Event.CLOSING, window.closes_at - timedelta(1)) < window.closes_at or (
        window.closes_at - window.opens_at <= timedelta(3)
    )
    assert window.closes_at.astimezone(SHANGHAI).timetz() == begin_of(DAY).timetz()  # by whole days here


@given(papers(), instants)
def test_nothing_is_decided_while_comments_are_taken_or_before_anybody_was_told_of_theirs(
    words: list[Word], now: datetime
) -> None:
    found = matter(*(one for one in words if one.at <= now))
    against = obstacle(found, now)
    window = found.window
    if window is not None and window.is_open(now):
        assert against is Obstacle.OPEN
    if against is None:
        assert found.feedback is not None
        assert window is not None
        assert window.closes_at <= found.feedback.first_at
    assert obstacle(Matter("rsj", "JC", "办法", found.words, Acts(exempt="应急")), now) is None


@given(
    st.integers(0, 60),
    st.integers(-90 * 24, 70 * 24),
    st.integers(0, 60),
    st.booleans(),
    st.booleans(),
    st.integers(0, 40),
)
def test_nothing_is_decided_unless_the_public_was_really_asked_for_long_enough_or_told_why_not(
    length: int, hours: int, later: int, says: bool, exempt: bool, corrected: int
) -> None:
    """A consultation that is public so many hours from its first day on, and perhaps corrected; feedback and decision
    come when it has closed."""
    public, because = begin_of(DAY) + timedelta(hours=hours), "上级要求" if says else ""
    words = [word("a", public, consultation(0, length, None, because=because))]
    if corrected:
        words.append(word("a", public + timedelta(corrected), consultation(0, later, None, 2, because)))
        length = later
    over = max(public, end_of(DAY + timedelta(60))) + timedelta(50)
    words.append(word("b", over, text("t07", dossier="JC")))
    acts = Acts(exempt="启用前征求过") if exempt else Acts()
    opens, closes = max(public, begin_of(DAY)), end_of(DAY + timedelta(length))
    whole = sum(opens < begin_of(day) < closes for day in (DAY + timedelta(n) for n in range(70)))  # after the first
    enough = opens < closes and (says or whole >= 30)
    assert (obstacle(matter(*words, acts=acts), over + timedelta(1)) is None) is (exempt or enough)


@pytest.mark.parametrize(
    ("public", "because", "against"),
    [
        (0, "", None),
        (1, "", Obstacle.TOO_SHORT),
        (1, "上级要求", None),
        (30, "", Obstacle.TOO_SHORT),
        (30, "上级要求", None),  # its last day is a day
        (31, "", Obstacle.NOT_ASKED),
        (31, "上级要求", Obstacle.NOT_ASKED),
    ],
)
def test_the_days_are_counted_from_when_it_was_public(public: int, because: str, against: Obstacle | None) -> None:
    asked = word("a", begin_of(DAY + timedelta(public)), consultation(0, 30, 60, because=because))
    answered = word("b", begin_of(DAY + timedelta(40)), text("t07", dossier="JC"))
    assert obstacle(matter(asked, answered), begin_of(DAY + timedelta(50))) is against


@given(papers(), instants)
def test_its_page_can_be_made_at_any_time(words: list[Word], now: datetime) -> None:
    found = matter(*words)
    assert phase(found, now)
    always = ["预公开", "采纳反馈", "公布", "解读"]
    assert [step.name for step in steps(found, now) if step.name in always] == always


def test_a_longer_window_is_one_that_was_extended_while_it_ran() -> None:
    start = begin_of(DAY)
    found = matter(
        word("a", start, consultation(0, 30, 60)),
        word("b", start + timedelta(5), text("t15", dossier="JC", open_to="2027-01-10", because="征求意见面广")),
        word("c", start + timedelta(90), text("t15", dossier="JC", open_to="2027-03-10", because="太晚了")),
    )
    assert found.window is not None
    assert [one.reason for one in found.window.longer] == ["征求意见面广"]
    assert found.window.closes_at == end_of(date(2027, 1, 10))


def test_the_office_may_wait_some_days_before_it_says_overdue() -> None:
    start = begin_of(DAY)
    words = word("a", start, consultation(0, 30, 60))
    assert (DAY + timedelta(60)).strftime("%a %m-%d") == "Sat 01-23"
    snow = Calendar(0).with_own({date(2027, 1, 27): "大雪停工"}, {}, ())
    for patience, last in (
        (Patience(0, snow), date(2027, 1, 23)),  # at once
        (Patience(1, snow), date(2027, 1, 25)),
        (Patience(3, Calendar(0)), date(2027, 1, 27)),
        (Patience(3, snow), date(2027, 1, 28)),
        (Patience(None, snow), date(2027, 2, 1)),  # five: the director is told on that morning
    ):
        found = matter(words, patience=patience)
        (told,) = [one.at for one in occasions(found) if one.event is Event.FEEDBACK_OVERDUE]
        assert told == end_of(last)
        assert LATE not in [step.state for step in steps(found, told - timedelta(seconds=1))]
        assert LATE in [step.state for step in steps(found, told)]


@given(papers(), instants, st.none() | st.integers(-20, 120), st.integers(0, 10), st.none() | instants)
def test_an_explanation_is_late_from_the_end_of_its_day_on_while_there_is_none(
    words: list[Word], now: datetime, due: int | None, grace: int, filed: datetime | None
) -> None:
    day = None if due is None else DAY + timedelta(due)
    patience = Patience(grace, Calendar(0))
    found = replace(matter(*words, acts=Acts(filed_at=filed), patience=patience), explain_by=day)
    told = [one.at for one in occasions(found) if one.event is Event.EXPLANATION_OVERDUE]
    shown = next(step for step in steps(found, now) if step.name == "解读")
    if day is None or found.decision is None or found.of_kind("t10"):
        assert told == []
        assert shown.state != LATE
        return
    at = patience.ends_at(day)
    assert told == ([at] if filed is None or at < filed else [])
    assert (shown.state == LATE) == (bool(told) and now >= at) or now >= at == filed
    assert shown.when == f"{day.year}年{day.month}月{day.day}日前"


def test_an_old_consultation_tells_of_no_window() -> None:
    found = matter(word("a", begin_of(DAY + timedelta(60)), consultation(0, 30, 90)))
    assert [one.event for one in occasions(found)] == [Event.PUT_ON_RECORD]
