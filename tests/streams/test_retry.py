"""When to try again: never before the outlet asked, never after the message expired, within the schedule's bounds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.channels import channel_tables
from streams.retry import Schedule, hold_until, limits, next_try, probes, schedule

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NAMES = ("normal", "emergency", "local")
chances = st.floats(0, 1, exclude_max=True)
schedules = st.builds(
    Schedule,
    st.lists(st.floats(0, 1e5), min_size=1, max_size=13).map(tuple),
    st.floats(0, 0.5),
    st.none() | st.floats(1, 1e4),
)
waits = st.none() | st.floats(0, 1e7)


@given(schedules, st.integers(0, 20), chances)
def test_the_delay_is_the_schedules_within_its_jitter(plan: Schedule, tries: int, chance: float) -> None:
    due = next_try(plan, tries, NOW, chance=chance)
    if tries >= len(plan.delays) and plan.every is None:
        assert due is None, "the tries are used up"
        return
    assert due is not None
    delay = plan.delays[tries] if tries < len(plan.delays) else plan.every
    assert delay is not None
    assert delay * (1 - plan.jitter) - 0.01 <= (due - NOW).total_seconds() <= delay * (1 + plan.jitter) + 0.01


@given(schedules, st.integers(0, 20), waits, st.booleans(), chances)
def test_what_the_outlet_asked_is_never_undercut(
    plan: Schedule, tries: int, asked: float | None, throttled: bool, chance: float
) -> None:
    due = next_try(plan, tries, NOW, retry_after=asked, throttled=throttled, chance=chance)
    if due is None:
        return
    if asked is not None:
        assert due >= NOW + timedelta(seconds=min(asked, limits()["retry_after_limit"]))
    elif throttled:
        assert due >= NOW + timedelta(seconds=limits()["throttled"])


@given(waits, st.booleans(), chances)
def test_the_whole_lane_waits_as_long_as_the_message(asked: float | None, throttled: bool, chance: float) -> None:
    until = hold_until(NOW, asked, throttled, chance)
    if asked is None and not throttled:
        assert until is None
        return
    assert until is not None
    assert NOW <= until <= NOW + timedelta(seconds=limits()["retry_after_limit"])
    if asked is None:
        least = limits()["throttled"]
        assert timedelta(seconds=least) <= until - NOW <= timedelta(seconds=1.5 * least), "equal jitter"


@given(schedules, st.integers(0, 20), waits, st.booleans(), st.floats(0, 1e6), chances)
def test_nothing_is_planned_for_after_the_expiry(
    plan: Schedule, tries: int, asked: float | None, throttled: bool, left: float, chance: float
) -> None:
    expires = NOW + timedelta(seconds=left)
    due = next_try(plan, tries, NOW, retry_after=asked, throttled=throttled, expires_at=expires, chance=chance)
    without = next_try(plan, tries, NOW, retry_after=asked, throttled=throttled, chance=chance)
    assert due == (without if without is not None and without < expires else None)


def test_without_a_draw_given_it_draws_its_own() -> None:
    plan = Schedule((100.0,), jitter=0.5)
    drawn = {next_try(plan, 0, NOW) for _ in range(50)}
    assert len(drawn) > 1
    assert all(due and 50 <= (due - NOW).total_seconds() <= 150 for due in drawn)


@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_begins_at_once_and_never_gets_impatient(name: str) -> None:
    plan = schedule(name)
    assert plan.delays[0] == 0
    assert list(plan.delays) == sorted(plan.delays)
    assert 0 <= plan.jitter < 0.5


def test_every_channel_names_a_schedule_there_is() -> None:
    assert {table["schedule"] for table in channel_tables().values()} <= set(NAMES)


def test_a_routine_message_is_tried_for_days_and_an_emergency_until_it_expires() -> None:
    normal, emergency = schedule("normal"), schedule("emergency")
    assert sum(normal.delays) == pytest.approx(92.7 * 3600, rel=0.01)
    assert next_try(normal, len(normal.delays), NOW) is None
    assert next_try(emergency, 10_000, NOW, expires_at=NOW + timedelta(hours=1)) is not None
    assert max(emergency.delays) <= 60
    assert emergency.every is not None
    assert emergency.every <= 60


def test_after_an_outage_nobody_waits_longer_than_a_minute() -> None:
    """The breaker opens before the schedule's gaps exceed a minute, and its probes never do."""
    for name in NAMES:
        gaps = schedule(name).delays[: int(limits()["failures"])]
        assert max(gaps) * (1 + schedule(name).jitter) <= 60
    assert list(probes()) == sorted(probes())
    assert max(probes()) <= 60
    assert 1.5 * limits()["throttled"] <= 60
