"""The breaker: opens after failures in a row, probes ever more slowly, closes on the first success, drains by ramps."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from streams.breaker import RAMP, Breaker, after_failure, after_success, is_dead, probe_at, rests_until
from streams.retry import limits, probes

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FAILURES = int(limits()["failures"])
stories = st.lists(st.tuples(st.booleans(), st.integers(0, 3_600)), max_size=40)


@given(stories)
def test_whatever_happens_it_keeps_its_bounds(story: list[tuple[bool, int]]) -> None:
    breaker, now, in_row = Breaker(), NOW, 0
    for good, gap in story:
        now += timedelta(seconds=gap)
        was = breaker
        breaker = after_success(breaker) if good else after_failure(breaker, now)
        in_row = 0 if good else in_row + 1
        assert breaker.failures == in_row
        assert breaker.is_open == (in_row >= FAILURES)
        assert 0 <= breaker.ramp <= RAMP[-1]
        assert (breaker.failing_since is None) == (in_row == 0)
        if breaker.is_open:
            assert breaker.probes == in_row - FAILURES
            assert breaker.failing_since is not None
            assert breaker.failing_since <= breaker.opened_at <= now  # type: ignore[operator]  # open: it is set
        if was.is_open and good:
            assert breaker.ramp == 1, "what just came back is not run over"
        elif good and was.ramp == 0:
            assert breaker.ramp == 0, "no outage, no ramp"


def failed(times: int) -> Breaker:
    """After so many failures in a row, a second apart."""
    breaker = Breaker()
    for number in range(times):
        breaker = after_failure(breaker, NOW + timedelta(seconds=number))
    return breaker


def test_one_success_forgives_everything() -> None:
    assert after_success(failed(FAILURES + 9)) == Breaker(ramp=1)
    assert after_success(failed(FAILURES - 1)).failures == 0


def test_after_an_outage_it_sends_twice_as_many_a_second_until_all_go() -> None:
    breaker, now, went = after_success(failed(FAILURES)), NOW, [1]
    while breaker.ramp:
        rests = rests_until(breaker, now)
        if rests is not None:
            assert rests == now + timedelta(seconds=1)
            now = rests
            went.append(0)
        breaker = after_success(breaker)
        went[-1] += 1
    assert went == [2, 4, 8, 16, 32, 64, 1]
    assert rests_until(breaker, now) is None


def test_probes_get_slower_and_the_last_gap_repeats() -> None:
    gaps = [(probe_at(failed(FAILURES + number), NOW) - NOW).total_seconds() for number in range(9)]
    assert gaps[: len(probes())] == list(probes())
    assert set(gaps[len(probes()) :]) == {probes()[-1]}


@given(st.integers(0, 40), st.integers(0, 10))
def test_it_is_given_up_after_long_unbroken_failure_and_enough_tries(tries: int, days: int) -> None:
    dead = is_dead(failed(tries), NOW + timedelta(days=days))
    assert dead == (tries >= limits()["disable_tries"] and days * 86_400 >= limits()["disable_after"])
    assert not is_dead(after_success(failed(tries)), NOW + timedelta(days=999))
