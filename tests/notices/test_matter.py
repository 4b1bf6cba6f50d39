"""A matter decided from what was said of it: any papers, in any order, at any time of day."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

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


def consultation(first: int, last: int, promised: int | None, number: int = 1) -> Version:
    """From and until these days after ``DAY``."""
    days = {"open_from": DAY + timedelta(first), "open_to": DAY + timedelta(last)}
    if promised is not None:
        days["feedback_by"] = DAY + timedelta(promised)
    return text("t06", number, dossier="JC", **{name: day.isoformat() for name, day in days.items()})


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
    found = [word("a", at, consultation(first, first + length, by))]
    for number, later in enumerate(draw(st.lists(st.integers(-20, 60), max_size=2)), start=2):
        again = consultation(first, first + length + later, None, number)
        found.append(word("a", at + timedelta(days=draw(st.integers(1, 60))), again))
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


def test_an_old_consultation_tells_of_no_window() -> None:
    found = matter(word("a", begin_of(DAY + timedelta(60)), consultation(0, 30, 90)))
    assert [one.event for one in occasions(found)] == [Event.UPDATED]
